"""A round of mining: pages read once, heads trained on what people decided, pages classified, new places listed.

    OUTPUT/hosts.yaml             what people decide; kept for good
    OUTPUT/SETTINGS/pages.jsonl.gz          address, language and text of every page: read once for these settings
    OUTPUT/SETTINGS/DECISIONS/accepted.jsonl.gz, refused.jsonl.gz   pages of places that were decided
    OUTPUT/SETTINGS/DECISIONS/models/       heads, with their card
    OUTPUT/SETTINGS/DECISIONS/found.jsonl.gz                        probability of every page

SETTINGS and DECISIONS are digests, so a round that was killed goes on, one that was done is not done again, and a
decision that is changed makes another.
"""

import gzip
import json
import math
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypedDict

import pyarrow as pa
import xxhash

from filters.documents import Documents
from filters.language import Language
from filters.languages.labels import NOT_LANGUAGE, UNDETERMINED
from filters.models import heads, weighted
from filters.models.codes import codes_of
from pipeline.calibration.samples import named, rows_of
from pipeline.mining.decisions import Decision, add, read
from pipeline.mining.places import Page, listed, within
from pipeline.mining.settings import Mining
from pipeline.stages.base import digest_of
from pipeline.training.head_rows import ROWS
from pipeline.training.head_settings import DataSet, Target, Training
from pipeline.training.heads import train_heads

LIST = "hosts.yaml"
_OF_THE_LIST = ("holds", "share", "fewest", "little")  # they change what is listed, not what is trained or found
MINED = "mined"  # the licence of what is mined: none is claimed


class MinedPage(TypedDict):
    """A row of `pages.jsonl.gz`."""

    url: str
    language: str
    text: str


@dataclass(frozen=True)
class Round:
    """What a round came to: how many pages there are and are of the domain, in accepted places and in new ones."""

    number: int
    pages: int
    found: int
    in_accepted: int
    new: Sequence[Decision]
    waiting: int  # places that nobody has decided, of this round or an earlier one
    little: bool  # whether what is new is so little that it ends here
    folder: Path
    hosts: Path  # the list that people decide


def mine(settings: Mining, command: str) -> Round:
    """Do the round that the decisions call for, or what is left of it.

    Raises
    ------
    ConfigError
        when a file of data or the list cannot be read.
    TrainingError
        when the heads are no better than chance.
    """
    hosts = Path(settings.output) / LIST
    decisions = [one for one in read(hosts) if one.accept is not None]
    said = {one.place: bool(one.accept) for one in decisions}
    whole = Path(settings.output) / digest_of(settings.model_dump(mode="json", exclude={"output", *_OF_THE_LIST}))[:8]
    pages = _pages(settings, whole / "pages.jsonl.gz")
    folder = whole / digest_of(dict(sorted(said.items())))[:8]
    models = _models(settings, pages, said, folder, command)
    classified = _found(settings, pages, models, folder / "found.jsonl.gz")
    number = 1 + max((one.round for one in decisions), default=0)
    new = _propose(settings, hosts, number, classified, said)
    held = [page for page in classified if page.probability >= settings.holds]
    accepted = [place for place, accept in said.items() if accept]
    in_accepted = sum(any(within(page.url, place) for place in accepted) for page in held)
    return Round(
        number=number,
        pages=len(classified),
        found=len(held),
        in_accepted=in_accepted,
        new=new,
        waiting=sum(one.accept is None for one in read(hosts)),
        little=_is_little(settings, new, in_accepted, any_accepted=bool(accepted)),
        folder=folder,
        hosts=hosts,
    )


def _propose(
    settings: Mining, hosts: Path, number: int, pages: Sequence[Page], said: Mapping[str, bool]
) -> Sequence[Decision]:
    """Add to the list of places those that nobody has decided, and return what is new in it."""
    places = listed(pages, settings.holds, settings.share, settings.fewest)
    return add(hosts, settings.name, number, [place for place in places if not _is_decided(place.name, said)])


def _is_little(settings: Mining, new: Sequence[Decision], in_accepted: int, *, any_accepted: bool) -> bool:
    """Return whether the new places have so few pages beside the accepted ones that another round is not worth it."""
    brought = sum(one.found for one in new)
    return not new or (any_accepted and brought < settings.little * max(in_accepted, 1))


def _is_decided(place: str, said: Mapping[str, bool]) -> bool:
    """Return whether a place, or the host that it is a folder of, is decided."""
    return place in said or place.partition("/")[0] in said


def _pages(settings: Mining, file: Path) -> list[MinedPage]:
    """Return the pages; read them, if that was not done."""
    if not file.exists():
        language, known = Language(), dict[str, MinedPage]()
        for sample in settings.found_in:
            for batch in rows_of(sample):
                for row in named(batch, language).to_pylist():
                    if (
                        row["rejected_by"] is None
                        and row["url"]
                        and row["language"] not in (NOT_LANGUAGE, UNDETERMINED)
                    ):
                        text = row["text"][: settings.characters]
                        known.setdefault(
                            row["url"], MinedPage(url=row["url"], language=row["language"] or UNDETERMINED, text=text)
                        )
        _write(file, known.values())
    return [MinedPage(url=row["url"], language=row["language"], text=row["text"]) for row in _read(file)]


def _models(settings: Mining, pages: Sequence[MinedPage], said: Mapping[str, bool], folder: Path, command: str) -> Path:
    """Return the folder of the heads, trained on the data and on the pages of places that were decided."""
    models = folder / "models"
    if not (models / heads.CARD).exists():
        data = [*settings.data]
        for name, accept in (("accepted", True), ("refused", False)):
            file = folder / f"{name}.jsonl.gz"
            taken = taken_from(pages, [place for place, one in said.items() if one is accept], settings.of_a_place)
            _write(file, taken)
            if taken:
                target = {settings.head: Target(always=accept)}
                data.append(DataSet(name=name, paths=(str(file),), host="url", licence=f"={MINED}", targets=target))
        given = settings.model_dump(include=set(Training.model_fields))
        given |= {"output": str(models), "data": tuple(data)}
        given["admitted"]["licences"] = (*settings.admitted.licences, MINED)
        train_heads(Training.model_validate(given | {"crawl": settings.crawl}), command)
    return models


def taken_from(pages: Iterable[MinedPage], places: Sequence[str], most: int) -> list[MinedPage]:
    """Return the pages that lie in some of the places, of each at most so many, by a hash of their addresses."""
    by_place: defaultdict[str, list[MinedPage]] = defaultdict(list)
    for page in pages:
        place = next((place for place in places if within(page["url"], place)), None)
        if place is not None:
            by_place[place].append(page)
    return [
        page
        for place in sorted(by_place)
        for page in sorted(by_place[place], key=lambda one: xxhash.xxh3_64_intdigest(one["url"].encode()))[:most]
    ]


def _found(settings: Mining, pages: Sequence[MinedPage], models: Path, file: Path) -> list[Page]:
    """Return how probable each page is of the domain; ask the heads, if that was not done."""
    if not file.exists():
        _write(file, _classified(settings, pages, models))
    return [Page(str(row["url"]), float(row["probability"])) for row in _read(file)]


def _classified(settings: Mining, pages: Sequence[MinedPage], models: Path) -> Iterator[dict[str, object]]:
    for first in range(0, len(pages), ROWS):
        some = pages[first : first + ROWS]
        languages = [page["language"] for page in some]
        texts = {"text": [page["text"] for page in some], "language": languages}
        documents = Documents(pa.record_batch(texts, pa.schema([(name, pa.string()) for name in texts])))
        read = codes_of(documents)
        votes = weighted.said(models, documents, read, weighted.terms_in(models, documents, read)).votes
        probable, _ = heads.probabilities(heads.card(models), languages, votes)[settings.head]
        for page, value in zip(some, probable.tolist(), strict=True):
            yield {"url": page["url"], "probability": round(value, 4) if not math.isnan(value) else 0.0}


def _write(file: Path, rows: Iterable[object]) -> None:
    """Write lines of JSON, whole or not at all."""
    file.parent.mkdir(parents=True, exist_ok=True)
    half = file.with_suffix(".half")
    content = "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)
    half.write_bytes(gzip.compress(content.encode("utf-8", "replace"), mtime=0))
    half.replace(file)


def _read(file: Path) -> Iterator[dict[str, str]]:
    for line in gzip.decompress(file.read_bytes()).splitlines():
        yield json.loads(line)
