"""Documents put before one person, who answers with one key for each question; every answer is stored at once."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import TypeVar, get_args

from rich.console import Console

from jobs.show.highlight import show_text
from pipeline.answers.labelling import Unlabelled, label_of
from pipeline.answers.labels import BEST, WORST, Decision, Reason, append
from pipeline.errors import QuestionError
from pipeline.plain import plain

EXCERPT = 2_000  # characters of a text, until more is asked for
Answer = TypeVar("Answer")

DECISIONS: Mapping[str, Decision] = {"k": "keep", "d": "drop", "u": "unsure"}
QUALITIES: Mapping[str, int | None] = {**{str(number): number for number in range(WORST, BEST + 1)}, "\n": None}
REASONS: Mapping[str, Reason | None] = {
    **dict(zip("sbfmrleahpo", get_args(Reason), strict=True)),
    "\n": None,
}
MORE, UNDO, QUIT = "m", "z", "q"
DECIDE = "k keep · d drop · u unsure · m more of the text · z undo · q quit"
JUDGE = "how good, 0 worthless to 5 excellent · Enter: no opinion · z back"


class _UndoError(Exception):
    """The key that takes the last answer back."""


class _QuitError(Exception):
    """The key that ends the session, or the end of the keys."""


class Session:
    """What one person says, one document after the other."""

    def __init__(
        self, console: Console, path: str, by: str, keys: Iterator[str], now: Callable[[], datetime] | None = None
    ) -> None:
        self._console, self._path, self._by, self._keys = console, path, by, keys
        self._now = now or (lambda: datetime.now(UTC).replace(microsecond=0))

    def label(self, documents: Sequence[Unlabelled]) -> int:
        """Ask about every document, until the last or until the person has enough; return how many have a label."""
        place = 0
        while place < len(documents):
            self._show(documents[place], f"{place + 1} of {len(documents)}")
            try:
                self._ask(documents[place])
            except _QuitError:
                break
            except _UndoError:
                if place:
                    place -= 1
                    self._store(documents[place], None, None, None)
            else:
                place += 1
        return place

    def _ask(self, document: Unlabelled) -> None:
        decision: Decision | None = None
        while decision is None:
            decision = self._answer(DECIDE, {**DECISIONS, MORE: None})
            if decision is None:
                show_text(self._console, document.text, ())
        if decision == "unsure":
            return self._store(document, decision, None, None)
        try:
            quality = self._answer(JUDGE, QUALITIES)
            reason = self._answer(_reasons(), REASONS) if decision == "drop" else None
        except _UndoError:
            return self._ask(document)
        return self._store(document, decision, quality, reason)

    def _answer(self, question: str, answers: Mapping[str, Answer]) -> Answer:
        """Return the answer of the first key that is one."""
        self._console.print(question, style="dim", markup=False, soft_wrap=True)
        for key in self._keys:
            pressed = "\n" if key == "\r" else key.lower()
            if pressed == QUIT:
                raise _QuitError
            if pressed == UNDO:
                raise _UndoError
            if pressed in answers:
                return answers[pressed]
            if not pressed.isspace():
                self._wrong(key, question)
        raise _QuitError

    def _wrong(self, key: str, question: str) -> None:
        if not self._console.is_terminal:
            raise QuestionError(f"the key {plain(key)!r} is not an answer: {question}")
        self._console.print(question, style="yellow", markup=False, soft_wrap=True)

    def _show(self, document: Unlabelled, place: str) -> None:
        self._console.rule(f"{place} · {document.language or 'no language'}", align="left")
        if document.title:
            self._console.print(plain(document.title), style="bold", markup=False, soft_wrap=True)
        show_text(self._console, document.text[:EXCERPT], ())
        if len(document.text) > EXCERPT:
            self._console.print(f"… {len(document.text) - EXCERPT:,} characters more (m)", style="dim")

    def _store(
        self, document: Unlabelled, decision: Decision | None, quality: int | None, reason: Reason | None
    ) -> None:
        label = label_of(document, self._by, self._now(), decision, quality, reason)
        append(self._path, label)


def _reasons() -> str:
    return " · ".join(f"{key} {reason}" for key, reason in REASONS.items() if reason) + " · Enter: none · z back"
