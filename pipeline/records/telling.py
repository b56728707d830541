"""Facts become sentences, by the phrases of `phrases/NAME.yaml`, in English or Chinese.

A sentence has at least three phrasings, and may name its subject in several ways (`{it}`): which of these ways a record
takes is told by a hash and the record's number in its file, so that every way is taken once before any is again. A
phrasing is a template (`pipeline.sources.template`); a sentence whose facts are missing is left out, with its paragraph
if nothing else stands there.
"""

from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any, Literal, NamedTuple, TypeAlias

import xxhash
import yaml
from pydantic import BaseModel

from pipeline.records.facts import Parts, Record, Word, left_out
from pipeline.sources.template import MissingError, parsed
from shards.schema import storable

Language: TypeAlias = Literal["eng_Latn", "zho_Hans"]
Sentence: TypeAlias = str | tuple[str, ...]  # a string stands in every record: a table, a text of the record's own

_PHRASES = Path(__file__).with_name("phrases")
_BETWEEN: Mapping[Language, str] = {"eng_Latn": " ", "zho_Hans": ""}
_LISTED: Mapping[Language, tuple[str, str]] = {"eng_Latn": (", ", " and "), "zho_Hans": ("、", "和")}


class Phrases(BaseModel, frozen=True, extra="forbid"):
    """How records of a kind are told in one language."""

    title: str  # a template: the first line, and the column `title`
    it: tuple[str, ...] = ()  # what `{it}` may be
    text: tuple[tuple[Sentence, ...] | str, ...]  # paragraphs, of sentences or of one template
    words: Mapping[str, str] = {}  # of the codes that facts hold


class Told(NamedTuple):
    """A record as a text, its title, and how many of its numbers are in neither."""

    text: str
    title: str | None
    left_out: int


def rendered(record: Record, language: Language, number: int) -> Told:
    """Return a record as a text; `number` is its place among those that it is read beside."""
    phrases = phrases_of(record.phrases)[language]
    title = _said(phrases.title, record, phrases, language, "")
    paragraphs = list(_paragraphs(record, language, number))
    text = storable("\n\n".join([f"# {title}", *paragraphs] if title else paragraphs))
    return Told(text if paragraphs else "", title or None, left_out(record, text))


def _paragraphs(record: Record, language: Language, number: int) -> Iterator[str]:
    phrases = phrases_of(record.phrases)[language]
    for place, paragraph in enumerate(phrases.text):
        if isinstance(paragraph, str):
            said = _said(paragraph, record, phrases, language, "")
        else:
            seeds = (f"{record.phrases} {language} {place} {at}" for at in range(len(paragraph)))
            sentences = [
                _sentence(sentence, record, phrases, language, seed, number)
                for sentence, seed in zip(paragraph, seeds, strict=True)
            ]
            said = _BETWEEN[language].join(sentence for sentence in sentences if sentence)
        if said:
            yield said
    for place, part in enumerate(record.parts):
        yield from _paragraphs(part, language, number * len(record.parts) + place)


def ways(phrases: Phrases, sentence: tuple[str, ...]) -> list[tuple[str, str]]:
    """Return the ways a sentence can be said: its phrasings, each with every name of its subject that it takes."""
    return [
        (phrasing, it)
        for phrasing in sentence
        for it in (phrases.it if "{it}" in phrasing or "{It}" in phrasing else ("",))
    ]


def _sentence(sentence: Sentence, record: Record, phrases: Phrases, language: Language, seed: str, number: int) -> str:
    if isinstance(sentence, str):
        return _said(sentence, record, phrases, language, "")
    possible = ways(phrases, sentence)
    cycle, turn = divmod(number, len(possible))
    phrasing, it = possible[_order(len(possible), seed, cycle)[turn]]
    said = _said(phrasing, record, phrases, language, it)
    return said[:-1] if said.endswith("..") else said  # Pharma Inc.


@lru_cache(maxsize=4096)
def _order(count: int, seed: str, cycle: int) -> Sequence[int]:
    """Return the order in which the ways of a sentence come in one cycle of records."""
    return sorted(range(count), key=lambda way: xxhash.xxh3_64_intdigest(f"{seed} {cycle} {way}".encode()))


def _said(template: str, record: Record, phrases: Phrases, language: Language, it: str) -> str:
    names = {"it": it, "It": it[:1].upper() + it[1:]}

    def lookup(facts: Any, path: str) -> Any:
        if facts is record.facts and path in names:
            return names[path]
        return _worded(facts.get(path), phrases, language)

    try:
        return parsed(template).render(record.facts, lookup)
    except MissingError:
        return ""


def _worded(value: Any, phrases: Phrases, language: Language) -> Any:
    """Return a fact in the words of the language; a list of texts as an enumeration."""
    if isinstance(value, Word):
        return phrases.words.get(
            value, value.replace("_", " ").lower() if value.isupper() and len(value) >= 4 else value
        )
    if isinstance(value, Parts):
        return _BETWEEN[language].join(str(_worded(part, phrases, language)) for part in value)
    if isinstance(value, list | tuple) and value and not isinstance(value[0], Mapping):
        listed = [_worded(one, phrases, language) for one in value]
        comma, last = _LISTED[language]
        return listed[0] if len(listed) == 1 else comma.join(listed[:-1]) + last + listed[-1]
    return list(value) if isinstance(value, tuple) else value


@lru_cache(maxsize=64)
def phrases_of(name: str) -> Mapping[Language, Phrases]:
    """Return the phrases of a kind of record."""
    content = _table(name)
    for language, phrases in content.items():
        if isinstance(shared := phrases.get("words"), str):
            phrases["words"] = _table(f"{shared}.words")[language]
    return {"eng_Latn": Phrases(**content["eng_Latn"]), "zho_Hans": Phrases(**content["zho_Hans"])}


def _table(name: str) -> dict[str, dict[str, Any]]:
    phrases: dict[str, dict[str, Any]] = yaml.load((_PHRASES / f"{name}.yaml").read_bytes(), Loader=yaml.CSafeLoader)
    return phrases
