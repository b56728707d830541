"""A batch of documents whose words, lines and n-grams are computed once and shared by every filter."""

from collections.abc import Callable, Mapping
from functools import cached_property
from typing import TypeAlias, TypeVar

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from filters.text import ngrams, phrases, segment
from filters.text.segment import Characters, Lines, Tokens
from filters.text.sentences import Sentences, sentences
from shards.schema import with_columns

Counts: TypeAlias = npt.NDArray[np.int64]
Derived = TypeVar("Derived")


class Documents:
    """A batch of documents (`DOCUMENT` or `PAGE` columns) and what is derived from its texts, computed on first use."""

    def __init__(self, batch: pa.RecordBatch) -> None:
        self.batch = batch

    def __len__(self) -> int:
        return int(self.batch.num_rows)

    @property
    def texts(self) -> pa.StringArray:
        """The texts, in order."""
        return self.batch.column("text")

    @cached_property
    def characters(self) -> Characters:
        """The code points of the texts."""
        return segment.characters(self.texts)

    @cached_property
    def tokens(self) -> Tokens:
        """The words of the texts, and the marks between them."""
        return segment.tokens(self.characters)

    @cached_property
    def lines(self) -> Lines:
        """The lines of the texts that are not blank."""
        return segment.lines(self.characters)

    @cached_property
    def sentences(self) -> Sentences:
        """The sentences of the texts."""
        return sentences(self.tokens, self.lines)

    @cached_property
    def folded(self) -> npt.NDArray[np.uint64]:
        """The hashes of the tokens without the case of their letters."""
        return phrases.folded_hashes(self.characters, self.tokens)

    @cached_property
    def repeated_characters(self) -> tuple[Counts, Counts]:
        """Characters in the top n-gram, and in duplicate n-grams, by document and n up to 10."""
        tokens = self.tokens
        return ngrams.repeated_characters(tokens.hashes, tokens.starts, tokens.ends, tokens.documents, 10)

    def once(self, derive: Callable[["Documents"], Derived]) -> Derived:
        """Return what a function derives from the texts alone, which is computed when it is first asked for."""
        name = f"{derive.__module__}.{derive.__qualname__}"
        if name not in self.__dict__:
            self.__dict__[name] = derive(self)
        found: Derived = self.__dict__[name]
        return found

    def with_columns(self, columns: Mapping[str, pa.Array]) -> "Documents":
        """Return these documents with columns replaced; what was derived from the texts is kept unless they changed."""
        changed = Documents(with_columns(self.batch, columns))
        if "text" not in columns:
            changed.__dict__ |= {name: value for name, value in self.__dict__.items() if name != "batch"}
        return changed
