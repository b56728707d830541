"""Heads of fastText over codes: what a model folder holds, and how probable each head is of a batch of documents.

A folder has a model for each group of scripts, `<group>.ftz`, and `card.yaml`, which names their digests and how what
they say becomes a probability. A head `commercial` is the difference of two outputs, `commercial+` and `commercial-`;
both are linear in the mean of the rows of a text's tokens and pairs of tokens. So each row has one number a head, its
vote, and a document is scored by a mean of votes, without vectors. Beside it there may be a table of words, whose word
is added (`filters.models.word_tables`).
"""

from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Literal, NamedTuple, TypeAlias

import numpy as np
import numpy.typing as npt
from pydantic import BaseModel, Field

from filters.models import codes, word_tables
from filters.models.codes import BITS, SPELLING, SPELT, Codes
from filters.models.fasttext_file import EMPTY, FasttextModel, Subwords, hashed, loaded
from filters.risks import grams
from shards.arrays import Array, Floats, Places
from shards.compiled import compiled, inner
from shards.files import sha256
from shards.tables import table

CARD = "card.yaml"
PREPARATIONS = {"words": codes.VERSION, "grams": grams.VERSION}
LABEL = "__label__"
READ_AS = {"zho_Hant": "zho_Hans"}  # the preparation makes them one
CLEAR = 15.0
SHRUNK = 50  # labels with which lists of terms count half as much more as without any; 200 costs English .005 of AUC
FOR, AGAINST = "+", "-"  # behind the name of a head: its two outputs
Votes: TypeAlias = npt.NDArray[np.float32]
Languages: TypeAlias = Sequence[str | None]


class Curve(BaseModel, frozen=True, extra="forbid"):
    """How the votes on a document become a probability: a logistic function, or a monotone table."""

    slope: float = 1.0
    offset: float = 0.0
    raw: tuple[float, ...] = Field((), description="knots, ascending; none: the logistic function")
    value: tuple[float, ...] = Field((), description="the probability at each knot")
    source: str = Field(description="labels, quantile or script")
    rows: int = Field(0, ge=0, description="labels or pages that it was fitted on")

    def of(self, raw: Floats) -> Floats:
        """Return the probabilities; NaN of NaN."""
        if self.raw:
            return np.where(np.isnan(raw), np.nan, np.interp(raw, self.raw, self.value))
        odds = np.clip(self.slope * raw + self.offset, -500, 500)  # exp overflows at 710: a curve may be steep
        return np.asarray(1 / (1 + np.exp(-odds)), np.float64)


class Head(BaseModel, frozen=True, extra="forbid"):
    """What becomes of the votes of one head: `raw` is its own, less penalties for what others say above 0."""

    words: float = Field(0.0, description="how much of what the table of words says is added to its votes")
    terms: Mapping[str, float] = Field(
        {}, description="by head, how much of what its lists of terms say is added (`filters.lists.subjects`)"
    )
    terms_alone: float = Field(
        1.0, description="how many times that counts in a language without labels, and less the more labels there are"
    )
    less: Mapping[str, float] = Field({}, description="by head, how much of its votes above 0 is taken off")
    languages: Mapping[str, Curve] = Field({}, description="the curve of a language")
    scripts: Mapping[str, Curve] = Field({}, description="the curve of the other languages of a script")
    others: Curve

    def curve(self, language: str) -> Curve:
        """Return the curve of a language, or else that of its script, or else of all others."""
        language = READ_AS.get(language, language)
        return self.languages.get(language) or self.scripts.get(language.partition("_")[2]) or self.others

    def alone(self, language: str) -> float:
        """Return how many times what terms say counts in a language."""
        curve = self.languages.get(READ_AS.get(language, language))
        return times_of_terms(self.terms_alone, curve.rows if curve and curve.source == "labels" else 0)


def times_of_terms(alone: float, labels: int) -> float:
    """Return how many times terms count in a language of so many labels, if `alone` is that of one without.

    Votes are worth less where they were learnt from few labels; what a person listed is worth the same everywhere.
    """
    return 1 + (alone - 1) * SHRUNK / (SHRUNK + labels)


class ScriptGroup(BaseModel, frozen=True, extra="forbid"):
    """The model of a group of scripts."""

    file: str
    sha256: str
    words: str | None = Field(None, description="the file of its table of words; null: none")
    words_sha256: str | None = None
    scripts: tuple[str, ...] = Field((), description="none: all that no other group has")


class Models(BaseModel, frozen=True, extra="ignore"):
    """What scoring needs of a card; the rest of a card is for readers."""

    name: str
    reads: Literal["words", "grams"] = "words"  # `filters.models.codes`, or `filters.risks.grams`
    preparation: int
    digest: str  # of the models and curves: the beginning of a SHA-256
    groups: tuple[ScriptGroup, ...] = Field(min_length=1)
    heads: Mapping[str, Head]


class VoteTable(NamedTuple):
    """The votes of a model: of each code, and of each pair of codes."""

    singles: npt.NDArray[np.int32]  # by code, a row; the last row, which says nothing, of all without one
    pairs: npt.NDArray[np.int32]  # by bucket of a pair, the same; empty: the model reads no pairs
    votes: Votes  # rows x heads


@cache
def card(folder: Path) -> Models:
    """Return what a folder's card says; ValueError if it was made for another preparation of texts."""
    found = table(folder / CARD, Models)
    if found.preparation != (version := PREPARATIONS[found.reads]):
        raise ValueError(f"{folder / CARD}: preparation {found.preparation}, this version has {version}: train again")
    return found


def files(folder: Path) -> list[Path]:
    """Return the files that decide what a folder's models say; its card alone if that is not there."""
    groups = card(folder).groups if (folder / CARD).is_file() else ()
    named = (name for group in groups for name in (group.file, group.words) if name)
    return [folder / CARD, *(folder / name for name in named)]


class Said(NamedTuple):
    """What models say of documents: the mean votes for each head, and the shares of clear tokens for the first."""

    votes: Floats  # documents x heads, in the order of the card; NaN of documents of which nothing is read
    clear: Floats  # documents x (for, against)


def said(folder: Path, languages: Languages, read: Codes) -> Said:
    """Return what the models of a folder say of documents in these languages."""
    models = card(folder)
    heads = len(models.heads)
    found = np.full((len(languages), heads + 2), np.nan)
    scales, clear = _scales(models), clear_from(models)
    for model, words, rows in _by_group(folder, languages):
        found[rows] = _means(read.codes, read.documents, rows, model, words, SPELLING, scales, clear)
    return Said(found[:, :heads], found[:, heads:])


def _scales(models: Models) -> npt.NDArray[np.float32]:
    return np.array([head.words for head in models.heads.values()], np.float32)


def clear_from(models: Models, head: str | None = None) -> float:
    """Return from how many votes for a head a token is clear: a text of only such has `CLEAR` in log-odds."""
    return CLEAR / models.heads[head or next(iter(models.heads))].others.slope


def votes_by_token(folder: Path, language: str | None, read: Codes, head: str | None = None) -> Floats:
    """Return each read token's vote for a head, of a single document, with half of its pairs' votes.

    Without a name the head is the first.
    """
    ((model, words, _),) = _by_group(folder, [language])
    models = card(folder)
    place = list(models.heads).index(head) if head else 0
    own = np.asarray(_by_token(read.codes, model, SPELLING, place), np.float64)
    return own + float(_scales(models)[place]) * word_tables.votes_of_words(words, read, place)


def _by_group(folder: Path, languages: Languages) -> Iterator[tuple[VoteTable, word_tables.WordTable, Places]]:
    """Yield the model and the words of each group, and the rows in languages that are its."""
    models = card(folder)
    scripts = {script: place for place, group in enumerate(models.groups) for script in group.scripts}
    rest = next((place for place, group in enumerate(models.groups) if not group.scripts), 0)
    of = np.array([scripts.get((language or "").partition("_")[2], rest) for language in languages], np.int64)
    for place, group in enumerate(models.groups):
        rows = np.flatnonzero(of == place)
        if len(rows):
            names = tuple(models.heads)
            words = (
                _words_of(folder / group.words, group.words_sha256, names)
                if group.words
                else word_tables.no_words(len(names))
            )
            yield _votes_of(folder / group.file, group.sha256, names), words, rows


def mean_votes(model: VoteTable, read: Codes, rows: Places) -> Floats:
    """Return rows x heads: the mean votes on some of the documents; NaN where nothing is read."""
    heads = model.votes.shape[1]
    none = np.zeros(heads, np.float32)
    found = _means(read.codes, read.documents, rows, model, word_tables.no_words(heads), SPELLING, none, np.inf)
    return np.asarray(found[:, :heads], np.float64)


def probabilities(models: Models, languages: Languages, raw: Floats) -> dict[str, tuple[Floats, list[str | None]]]:
    """Return for each head, given the mean votes, how probable it is of each document and what that rests on."""
    names = list(models.heads)
    tags = np.array([language or "" for language in languages], object)
    found = {}
    for name, head in models.heads.items():
        own = combined(raw, names, name, head.less)
        probable, sources = np.full(len(raw), np.nan), np.full(len(raw), None, object)
        for language in sorted(set(tags.tolist())):
            here = (tags == language) & ~np.isnan(own)
            curve = head.curve(language)
            probable[here] = curve.of(own[here])
            sources[here] = curve.source
        found[name] = (probable, sources.tolist())
    return found


def added_by_terms(models: Models, languages: Languages, said: Floats) -> Floats:
    """Return documents x heads: what terms add to the votes, given what the lists for each head say."""
    names = list(models.heads)
    shares = np.array([[head.terms.get(name, 0.0) for name in names] for head in models.heads.values()])
    times = [[head.alone(language or "") for head in models.heads.values()] for language in languages]
    return np.asarray(said @ shares.T * np.array(times).reshape(len(said), len(names)), np.float64)


def combined(raw: Floats, names: Sequence[str], name: str, less: Mapping[str, float]) -> Floats:
    """Return the votes of a head less what is taken off for others."""
    own = raw[:, names.index(name)].copy()
    for other, weight in less.items():
        own -= weight * np.maximum(raw[:, names.index(other)], 0)
    return own


@cache
def _votes_of(path: Path, digest: str, heads: tuple[str, ...]) -> VoteTable:
    _check(path, digest)
    return votes_of(loaded(path), heads)


@cache
def _words_of(path: Path, digest: str | None, heads: tuple[str, ...]) -> word_tables.WordTable:
    _check(path, digest)
    return word_tables.read_words(path, heads)


def _check(path: Path, digest: str | None) -> None:
    if (found := sha256(str(path))) != digest:
        raise ValueError(f"{path}: its SHA-256 is {found}, and {CARD} beside it says {digest}: train again")


def votes_of(model: FasttextModel, heads: tuple[str, ...]) -> VoteTable:
    """Return the votes of a model for each head."""
    labels = [label.removeprefix(LABEL) for label in model.labels]
    if missing := [head for head in heads if head + FOR not in labels or head + AGAINST not in labels]:
        raise ValueError(f"a model without the heads {', '.join(missing)}")
    output = np.stack(
        [model.output[:, labels.index(head + FOR)] - model.output[:, labels.index(head + AGAINST)] for head in heads],
        axis=1,
    )
    words = model.words
    votes = np.append(model.rows @ output, np.zeros((1, len(heads))), axis=0)
    nothing = len(votes) - 1
    singles = np.full(1 << BITS, nothing, np.int32)
    digits = {int(byte): place for place, byte in enumerate(SPELLING)}
    for word, (start, stop) in enumerate(zip(words.starts.tolist(), words.ends.tolist(), strict=True)):
        spelt = words.data[start:stop].tolist()
        if len(spelt) == SPELT and spelt != list(b"</s>"):
            code = 0
            for byte in spelt:
                code = code << 5 | digits[byte]
            singles[code] = word
    return VoteTable(singles, _pair_rows(model.subwords, len(words.starts), nothing), np.asarray(votes, np.float32))


def _pair_rows(subwords: Subwords, first: int, nothing: int) -> npt.NDArray[np.int32]:
    """Return the row of each bucket of pairs, of which those of the model begin at `first`."""
    buckets = subwords.buckets if subwords.words > 1 else 0
    if not len(subwords.slots):
        return np.arange(first, first + buckets, dtype=np.int32)
    found = np.full(buckets, nothing, np.int32)
    left = subwords.slots[subwords.slots[:, 0] >= 0] if buckets else subwords.slots[:0]
    found[left[:, 0]] = first + left[:, 1]
    return found


@inner
def _pair_bucket(left: np.uint64, right: np.uint64, buckets: int) -> int:
    """Return the bucket of a pair of tokens, given their hashes."""
    joined = left * np.uint64(116049371) + right
    if buckets & (buckets - 1) == 0:  # a remainder costs as much as all else here
        return int(joined & np.uint64(buckets - 1))
    return int(joined % np.uint64(buckets))


@inner
def _signed_hash(code: np.uint32, spelling: Array) -> np.uint64:
    found = EMPTY
    for place in range(SPELT):
        found = hashed(found, np.uint64(spelling[(code >> np.uint32(15 - 5 * place)) & np.uint32(31)]))
    return found if found < np.uint64(1 << 31) else found | np.uint64(0xFFFFFFFF00000000)


@inner
def _add_votes(
    read: Array, start: int, stop: int, model: VoteTable, spelling: Array, head: int, sums: Array, own: Array
) -> int:
    """Add the votes of tokens and pairs to the sums, and for one head to the tokens' own; return how many have votes.

    The last token and the first are neighbours, so that a text joined to itself is as the text.
    """
    singles, pairs, votes = model
    nothing, count = len(votes) - 1, 0
    for i in range(start, stop):  # no branch on whether a token has a row: it would be guessed wrong
        row = singles[read[i]]
        count += row < nothing
        own[i - start] += votes[row, head]
        for each in range(len(sums)):
            sums[each] += votes[row, each]
    if len(pairs):
        left, before = _signed_hash(read[stop - 1], spelling), stop - 1 - start
        for i in range(start, stop):
            right = _signed_hash(read[i], spelling)
            row = pairs[_pair_bucket(left, right, len(pairs))]
            left = right
            count += row < nothing
            half = votes[row, head] / 2
            own[i - start] += half
            own[before] += half
            before = i - start
            for each in range(len(sums)):
                sums[each] += votes[row, each]
    return count


@compiled
def _means(
    read: Array,
    documents: Array,
    rows: Array,
    model: VoteTable,
    table: word_tables.WordTable,
    spelling: Array,
    scales: Array,
    clear: float,
) -> Array:
    """Return rows x (heads, for, against): the mean vote of tokens and pairs, what words add, and clear tokens."""
    heads = len(scales)
    found = np.full((len(rows), heads + 2), np.nan)
    longest = 1
    for row in rows:
        longest = max(longest, documents[row + 1] - documents[row])
    own, words = np.empty(longest), np.empty(heads)
    room = word_tables.room_for(len(table.squares), longest if len(table.squares) else 0)
    for place in range(len(rows)):
        start, stop = documents[rows[place]], documents[rows[place] + 1]
        if start == stop:
            continue
        found[place] = 0
        own[: stop - start] = 0
        sums = found[place, :heads]
        count = _add_votes(read, start, stop, model, spelling, 0, sums, own)
        sums /= max(count, 1)
        if len(table.squares):
            length = word_tables.say(word_tables.tally(read, start, stop, table, room), table, 0, room, words)
            sums += scales * (words / length + table.bias)
            scale = scales[0] * (stop - start) / length
            speak = word_tables.clear_words(stop - start, scale, room, own, clear)
        else:
            speak = _clear(stop - start, own, clear)
        found[place, heads], found[place, heads + 1] = speak[0] / (stop - start), speak[1] / (stop - start)
    return found


@inner
def _clear(tokens: int, own: Array, clear: float) -> tuple[int, int]:
    """Return how many tokens clearly speak for the first head, and against it."""
    speak = against = 0
    for i in range(tokens):
        speak += own[i] > clear
        against += own[i] < -clear
    return speak, against


@compiled
def _by_token(read: Array, model: VoteTable, spelling: Array, head: int) -> Array:
    """Return the vote of each token of one document: its own, and half of those of the pairs it is in."""
    found = np.zeros(len(read))
    if len(read):
        _add_votes(read, 0, len(read), model, spelling, head, np.zeros(model.votes.shape[1]), found)
    return found
