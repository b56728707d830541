"""Templates that turn the record of a database into sentences and tables.

    # {formula}
    {formula} crystallises in the space group {symmetry.symbol}. [[Its band gap is {band_gap:.2f} eV.]]
    {measurements:table temperature=T (K), conductivity=σ (S/m)}

`{path}` is a field, by the paths of `Fields`; `{path:.2f}` a number, formatted as Python does; `{path:list}` a list in
one line; `{path:table a, b=Heading}` a list of records as a table of those of their fields. What stands between `[[`
and `]]` is left out if a field in it is missing; a field that is missing anywhere else leaves the record without text.
`{{` and `}}` are braces.
"""

import math
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, TypeAlias

Lookup: TypeAlias = Callable[[Any, str], Any]

_TOKEN = re.compile(r"\[\[|\]\]|\{\{|\}\}|\{([^{}:]+)(?::([^{}]*))?\}|[{}]")
_NUMBER = re.compile(r"[-+ ]?0?\d*,?(?:\.\d+)?[defg%]")


class MissingError(LookupError):
    """A field that the template needs is not in the record, or is not what the template takes it for."""


@dataclass(frozen=True)
class _Field:
    path: str
    form: str


@dataclass(frozen=True)
class Template:
    """A parsed template: segments of literals and fields, each with whether it may be left out."""

    segments: tuple[tuple[bool, tuple[str | _Field, ...]], ...]

    def paths(self) -> list[str]:
        """Return the fields that the template reads."""
        return sorted({part.path for _, parts in self.segments for part in parts if isinstance(part, _Field)})

    def render(self, record: Any, lookup: Lookup) -> str:
        """Return the text of a record.

        Raises
        ------
        MissingError
            when a field that may not be left out is missing.
        """
        text = ""
        for optional, parts in self.segments:
            try:
                text += "".join(part if isinstance(part, str) else _shown(part, record, lookup) for part in parts)
            except MissingError:
                if not optional:
                    raise
        lines = [line.rstrip() for line in text.split("\n")]
        return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip()


@lru_cache(maxsize=256)
def parsed(text: str) -> Template:
    """Return the template that a text spells.

    Raises
    ------
    ValueError
        when a brace or bracket has no partner, or a form is unknown.
    """
    segments: list[tuple[bool, tuple[str | _Field, ...]]] = []
    parts: list[str | _Field] = []
    optional, position = False, 0
    for token in _TOKEN.finditer(text):
        parts.append(text[position : token.start()])
        position = token.end()
        mark = token[0]
        if mark in ("[[", "]]"):
            if optional is (mark == "[["):
                raise ValueError(f"{mark} without its partner in the template at character {token.start()}")
            segments.append((optional, tuple(parts)))
            parts, optional = [], not optional
        elif mark in ("{{", "}}"):
            parts.append(mark[0])
        elif token[1]:
            parts.append(_Field(token[1].strip(), _form(token[2] or "")))
        else:
            raise ValueError(
                f"{mark} without its partner in the template at character {token.start()}; write {mark * 2}"
            )
    if optional:
        raise ValueError("[[ without its partner in the template")
    segments.append((False, (*parts, text[position:])))
    return Template(tuple(segments))


def _form(form: str) -> str:
    form = form.strip()
    if form in ("", "list") or form.partition(" ")[0] == "table" or _NUMBER.fullmatch(form):
        return form
    raise ValueError(f"{form!r} is no form of a field: a number such as .2f, `list`, or `table` with its columns")


def _shown(field: _Field, record: Any, lookup: Lookup) -> str:
    value = lookup(record, field.path)
    if _missing(value):
        raise MissingError(field.path)
    if field.form == "list":
        values = value if isinstance(value, Sequence) and not isinstance(value, str) else [value]
        return ", ".join(_plain(item) for item in values if not _missing(item))
    if field.form.startswith("table"):
        return _table(value, field, lookup)
    return _number(value, field) if field.form else _plain(value)


def _missing(value: Any) -> bool:
    if isinstance(value, float):
        return math.isnan(value)
    return value is None or (isinstance(value, str | list | Mapping) and not value)


def _plain(value: Any) -> str:
    if isinstance(value, list):
        return ", ".join(_plain(item) for item in value)
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e15:
        return str(int(value))
    return " ".join(str(value).split()) if isinstance(value, str) and "\n" not in value else str(value).strip()


def _number(value: Any, field: _Field) -> str:
    try:
        return format(int(value) if field.form.endswith("d") else float(value), field.form)
    except (TypeError, ValueError) as error:
        raise MissingError(f"{field.path} is no number: {value!r}") from error


def _table(value: Any, field: _Field, lookup: Lookup) -> str:
    rows = [row for row in value if isinstance(row, Mapping)] if isinstance(value, list) else []
    if not rows:
        raise MissingError(f"{field.path} is no list of records")
    named = [item.strip() for item in field.form.removeprefix("table").split(",") if item.strip()]
    columns = [item.partition("=")[::2] for item in named] or [(name, "") for name in rows[0]]
    lines = [[heading.strip() or path.strip() for path, heading in columns], ["---"] * len(columns)]
    for row in rows:
        cells = [lookup(row, path.strip()) for path, _ in columns]
        lines.append(["" if _missing(cell) else _plain(cell).replace("|", r"\|").replace("\n", " ") for cell in cells])
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)
