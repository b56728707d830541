"""The table of statements about rights: what grants a licence, what a sentence speaks of, what reserves all rights."""

import re
from functools import cached_property
from pathlib import Path

from pydantic import BaseModel, RootModel

from filters.licences.finding import Subject
from shards.tables import table

TABLE = Path(__file__).with_name("statements.yaml")


class Patterns(RootModel[dict[str, tuple[str, ...]] | tuple[str, ...]], frozen=True):
    """Regular expressions over folded text, by language where it matters; all of them are tried on every text."""

    @property
    def languages(self) -> frozenset[str]:
        """The languages in which something of this kind is understood."""
        return frozenset(self.root if isinstance(self.root, dict) else ())

    @cached_property
    def pattern(self) -> re.Pattern[str]:
        """All of them as one."""
        groups = self.root.values() if isinstance(self.root, dict) else [self.root]
        return re.compile("|".join(f"(?:{phrase})" for group in groups for phrase in group))

    def search(self, text: str) -> re.Match[str] | None:
        """Return the first place of a folded text where one of them matches."""
        return self.pattern.search(text)


class Statements(BaseModel, frozen=True, extra="forbid"):
    """What `statements.yaml` holds; its comments say what each section is."""

    grants: Patterns
    subjects: dict[Subject, Patterns]
    denied: Patterns
    categories: Patterns
    durations: Patterns
    this_page: Patterns
    text_and_media: Patterns
    exceptions: Patterns
    reserved: Patterns
    blocks: frozenset[str]  # elements that are a paragraph of their own


def phrases() -> Statements:
    """Return the table."""
    return table(TABLE, Statements)


def is_reserved(text: str) -> bool:
    """Whether a folded text reserves all rights."""
    return phrases().reserved.search(text) is not None
