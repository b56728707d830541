"""The words of a page, in the language of its reader: one table of them, by key, with a column for each language."""

from collections.abc import Mapping
from pathlib import Path
from typing import Literal, TypeAlias, get_args

from pydantic import BaseModel

from pipeline.pages.html import Html, escaped
from shards.tables import rows

Locale: TypeAlias = Literal["en", "zh"]
LOCALES: tuple[Locale, ...] = get_args(Locale)
TAGS: Mapping[Locale, str] = {"en": "en", "zh": "zh-Hans"}  # as HTML names them
FOLDER = Path(__file__).parent


class WordsRow(BaseModel, frozen=True, extra="forbid"):
    """A row of a table of words; `{name}` stands for what is put in."""

    key: str
    en: str
    zh: str


class Words:
    """The words of one language: `words("chart.values", count="93")`."""

    def __init__(self, locale: Locale, *tables: Path) -> None:
        entries = [row for path in (FOLDER / "words.tsv", *tables) for row in rows(path, WordsRow)]
        self.locale = locale
        self._texts = {row.key: row.en if locale == "en" else row.zh for row in entries}

    def __call__(self, key: str, **values: str) -> str:
        return self._texts[key].format_map(values)

    def markup(self, key: str, **values: str) -> Html:
        """Return the words with markup in them; what is put in and is none is escaped."""
        return Html(escaped(self._texts[key]).format_map({name: escaped(value) for name, value in values.items()}))
