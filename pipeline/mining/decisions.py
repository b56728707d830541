"""The list that people decide: places with their figures, and `accept: true` or `false` beside each.

It is a file to keep: every round reads all decisions, and adds below what is new. Nothing in it is changed or removed.
"""

from collections.abc import Sequence
from pathlib import Path

import yaml
from pydantic import BaseModel, Field, ValidationError

from pipeline.errors import ConfigError
from pipeline.mining.places import Place

_HEAD = """# Places of the domain {name}. Say `accept: true` or `accept: false` of each, and run `yuliao mine-domain`
# again: pages of accepted places are trained on as the domain, those of the others as what only looks like it.
"""


class Decision(BaseModel, frozen=True, extra="forbid"):
    """A place, what was found there and when, and what a person said of it; nothing yet is null."""

    place: str
    accept: bool | None = None
    round: int = Field(0, ge=0)
    pages: int = 0
    found: int = 0
    share: float = 0.0
    shown: tuple[str, ...] = ()


def read(file: Path) -> list[Decision]:
    """Return what the list has; nothing where there is none.

    Raises
    ------
    ConfigError
        when it is no such list.
    """
    if not file.exists():
        return []
    try:
        found = yaml.safe_load(file.read_text(encoding="utf-8")) or []
        return [Decision.model_validate(one) for one in found]
    except (yaml.YAMLError, ValidationError, TypeError) as error:
        raise ConfigError(f"{file}: {error}") from error


def add(file: Path, name: str, number: int, places: Sequence[Place]) -> list[Decision]:
    """Add the places that the list has not, and return what is new."""
    known = {decision.place for decision in read(file)}
    new = [place for place in places if place.name not in known]
    if new and not file.exists():
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(_HEAD.format(name=name), encoding="utf-8")
    decisions = [
        Decision(place=one.name, round=number, pages=one.pages, found=one.found, share=one.share, shown=one.shown)
        for one in new
    ]
    if decisions:
        rows = [decision.model_dump(mode="json") for decision in decisions]
        with file.open("a", encoding="utf-8") as out:
            out.write(yaml.safe_dump(rows, sort_keys=False, allow_unicode=True, width=1000))
    return decisions
