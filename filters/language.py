"""The language of a document as ISO 639-3 + ISO 15924 (`zho_Hans`), judged by stretches, each in its own script.

Columns: `language` and `language_score`, the mean probability of that language and of those that few words tell apart
from it; and `text`, where foreign parts are
trimmed. Text without letters, numbers, code and markup are `zxx` (no linguistic content); a text that no model names in
the script it is written in is `und`. Both score 0.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Annotated, ClassVar, Literal, TypeAlias

import numpy as np
import numpy.typing as npt
import pyarrow as pa
from pydantic import Field

from filters.base import Columns, Filter, OneOf, Range, Signals
from filters.documents import Documents
from filters.languages import ensemble, familiar, noise, prose, scripts, thresholds
from filters.languages.judge import NOTHING, Piece, Stretch, Verdict, judge, stretches
from filters.languages.labels import NOT_LANGUAGE
from filters.languages.prose import Prose
from filters.languages.segments import read, sample, segments
from filters.languages.thresholds import SHORT
from filters.languages.varieties import close
from filters.models.located import located

_SCANNED = 20_000  # bytes of a document whose scripts are counted
_SHORT = 1_000  # characters of a document that is searched for function words as a whole
_AGREED = 0.9  # share of the stretches in one language, under which more of them are looked at: 1 page in 28
_CLOSER = 4  # times as many
_CLEARLY = 0.8  # probability from which a stretch in another language is foreign
_PASSAGE = 100  # characters it must have for that: shorter ones are names, titles and quotations

Score: TypeAlias = Annotated[float, Field(ge=0, lt=2)]  # above 1 no text has it, so that none passes


class Language(Filter):
    """Name the language of each document; keep the chosen languages where the models are sure enough of them.

    `model` null asks three models and weighs what they say (`filters.languages.ensemble`); `lid.176`, a path, a URL or
    `hf://owner/repository/file` asks that fastText model alone. `judged` is how many stretches of up to 600 characters,
    evenly spread, are looked at; four times as many where they disagree. Each language has a minimal score, measured
    for the three models (`filters/languages/thresholds.tsv`) and none for another; `thresholds` replaces it (`zho_Hant:
    0.7`). Pages in more than one language are kept whole; `foreign: trim` looks at every stretch and removes those that
    are clearly in another language, and `share: {min: 0.8}` drops the page instead.
    """

    name: Literal["language"] = "language"
    names_language: ClassVar[bool] = True
    label: OneOf = OneOf()  # the language of the document, ISO 639-3 and ISO 15924: zho_Hans
    score: Range = Range()  # the probability of the language, from 0 to 1
    # confidence, from 0 to 1, that the text is in that language and not in one that no model knows; undefined
    # where the script decides, and with a `model`
    known: Range = Range(min=0.5, undefined="keep")
    margin: Range = Range(min=0)  # the score minus the threshold of the language
    # the share of the letters that are in the language of the document, among those whose language is certain
    share: Range = Range()
    letters: Range = Range()  # the share of letters among the characters that are not spaces
    signs: Range = Range()  # the share of signs of code and markup among the characters that are not spaces
    in_script: Range = Range()  # the share of the letters that are in the script of the language
    # a fastText model instead of the built-in ones: a file, a URL, or hf://owner/repository/file
    model: str | None = None
    # how many passages of a document are classified, evenly spread; more cost time and see more of mixed pages
    judged: int = Field(default=6, ge=1)
    # by language: the smallest score, instead of the measured one: {fra_Latn: 0.8}
    thresholds: Mapping[str, Score] = {}
    foreign: Literal["keep", "trim"] = "keep"  # `keep` passages in another language, or `trim` them

    @property
    def names_known_languages(self) -> bool:
        return self.model is None

    def resources(self) -> Sequence[Path]:
        return ensemble.resources() if self.model is None else (located(self.model),)

    def threshold(self, tag: str, characters: int = SHORT) -> float:
        """Return the score from which a document of so many characters is believed to be in the language of its tag."""
        return self.thresholds.get(tag, thresholds.threshold(tag, characters) if self.model is None else 0.0)

    def annotate(self, documents: Documents) -> tuple[Signals, Columns]:
        texts = documents.texts.to_pylist()
        found = prose.read(texts, _SCANNED)
        parts = [segments(text) for text in found.texts]
        verdicts, pieces = self._judged(found.texts, parts)
        tags = [written(verdict.language, row) for verdict, row in zip(verdicts, found.counts, strict=True)]
        passages = [passage(text, sample(spans, self.judged)) for text, spans in zip(found.texts, parts, strict=True)]
        nothing = found.noisy | noise.wordless(passages, tags, found.sifted)
        verdicts = [NOTHING if none else verdict for none, verdict in zip(nothing, verdicts, strict=True)]
        tags = [NOT_LANGUAGE if none else tag for none, tag in zip(nothing, tags, strict=True)]
        known = familiar.as_share([verdict.familiar for verdict in verdicts])
        score = np.array([verdict.probability for verdict in verdicts])
        columns = {"language": pa.array(tags, pa.string()), "language_score": pa.array(score, pa.float32())}
        if self.foreign == "trim":
            languages = [verdict.language for verdict in verdicts]
            said = [stretches(*each) for each in zip(parts, pieces, strict=True)]
            kept = [trimmed(*one) for one in zip(texts, found.proses, languages, said, strict=True)]
            columns["text"] = pa.array(kept, pa.string())
        signals: Signals = {
            "label": columns["language"],
            "score": score,
            "known": known,
            "margin": score - [self.threshold(tag, len(text)) for tag, text in zip(tags, found.texts, strict=True)],
            "share": np.array([verdict.share for verdict in verdicts]),
            "letters": scripts.letter_shares(found.counts),
            "signs": scripts.sign_shares(found.counts),
            "in_script": own_script([verdict.language for verdict in verdicts], found.counts),
        }
        return signals, columns

    def _judged(
        self, texts: Sequence[str], spans: Sequence[Sequence[tuple[int, int]]]
    ) -> tuple[list[Verdict], list[list[Piece]]]:
        """Return the verdict on each text, and what is said of its stretches: a few, or more, or to trim, all."""
        model = None if self.model is None else located(self.model)
        if self.foreign == "trim":
            return judge(texts, spans, model)
        verdicts, pieces = judge(texts, [sample(found, self.judged) for found in spans], model)
        mixed = [row for row, found in enumerate(spans) if len(found) > self.judged and verdicts[row].share < _AGREED]
        closer = judge(
            [texts[row] for row in mixed], [sample(spans[row], _CLOSER * self.judged) for row in mixed], model
        )
        for row, verdict, found in zip(mixed, *closer, strict=True):
            verdicts[row], pieces[row] = verdict, found
        return verdicts, pieces


def passage(text: str, spans: Sequence[tuple[int, int]]) -> str:
    """Return a text that is short, and of any other what the models read."""
    return text if len(text) <= _SHORT else "\n".join(text[start:end] for start, end in read(spans))


def written(label: str, counts: npt.NDArray[np.int64]) -> str:
    """Return the label with Han resolved: `Hant` where traditional characters outnumber simplified ones."""
    language, _, script = label.partition("_")
    if script != "Hani":
        return label
    if language == "jpn":
        return "jpn_Jpan"
    traditional, simplified = int(counts[scripts.HANT]), int(counts[scripts.HANS])
    if traditional == simplified:  # nothing to tell them apart by: each language's own habit
        return f"{language}_{'Hant' if language == 'yue' else 'Hans'}"
    return f"{language}_{'Hant' if traditional > simplified else 'Hans'}"


def own_script(labels: Sequence[str], counts: scripts.Counts) -> npt.NDArray[np.float64]:
    """Return, per document, the share of its letters that are in the script of its label; 0 for `und` and `zxx`."""
    shares, names = scripts.shares(counts), scripts.share_names()
    own = [label.partition("_")[2] for label in labels]
    return np.array(
        [float(row[names.index(script)]) if script in names else 0.0 for row, script in zip(shares, own, strict=True)]
    )


def trimmed(text: str, whole: Prose, language: str, stretches: Sequence[Stretch]) -> str:
    """Return the text without the passages that are clearly in another language than its own, or one close to it.

    The stretches are of its prose, `whole`; what stands between two of them goes with the first.
    """
    if language == NOT_LANGUAGE:
        return text
    own = close(language.partition("_")[0])
    starts = [0, *(whole.place(stretch.start) for stretch in stretches[1:])]
    ends = [*starts[1:], len(text)]
    kept = [
        text[start:end]
        for stretch, start, end in zip(stretches, starts, ends, strict=True)
        if stretch.language.partition("_")[0] in own
        or stretch.probability < _CLEARLY
        or stretch.end - stretch.start < _PASSAGE
    ]
    return "".join(kept).strip() if len(kept) < len(stretches) else text
