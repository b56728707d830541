"""The page on which documents are labelled, one after the other, blind to the verdict; the file is `yuliao label`'s."""

import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import get_args

from jobs.explorer.server import Fields, Reply, moved
from jobs.explorer.view import View, asked, hidden
from pipeline.answers import labels
from pipeline.answers.documents import Documents
from pipeline.answers.labelling import Unlabelled, drawn, label_of
from pipeline.answers.labels import BEST, WORST, Decision, Reason
from pipeline.answers.sample import Criteria
from pipeline.errors import QuestionError
from pipeline.pages.frame import Section
from pipeline.pages.html import Html, element, excerpt
from shards import files
from shards.receipts import UNKNOWN_LANGUAGE

COUNT = 100  # documents that are drawn, as `yuliao label` draws them
SHOWN = 20_000  # characters of a text
DECISIONS: dict[str, Decision] = {"k": "keep", "d": "drop", "u": "unsure"}
REASONS: dict[str, Reason] = dict(zip("sbfmrleahpo", get_args(Reason), strict=True))


def _now() -> datetime:
    return datetime.now(UTC).replace(microsecond=0)


@dataclass
class Labelling:
    """What one person labels while the server runs: documents are drawn when they are first asked for."""

    documents: Documents
    path: str
    by: str
    now: Callable[[], datetime] = _now
    _todo: list[Unlabelled] = field(default_factory=list)
    _done: list[str] = field(default_factory=list)  # ids, in the order in which they were labelled here
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def page(self, view: View, query: Fields) -> Reply:
        """Return the document that is to be labelled next."""
        words = view.words
        with self._lock:
            todo = self._drawn()
            left = [one for one in todo if one.id not in self._done]
        if not left:
            content = element("p", words("label.done", path=self.path))
        else:
            content = self._form(view, left[0], f"{len(todo) - len(left) + 1} / {len(todo)}")
        return view.page(words("label.title"), [Section("label", words("label.question"), content)], at="label")

    def take(self, form: Fields) -> Reply:
        """Store what was answered, or take the last answer back, and lead to the next document.

        Raises
        ------
        ValueError
            for what is no answer.
        """
        with self._lock:
            known = {one.id: one for one in self._drawn()}
            if asked(form, "undo"):
                if self._done:
                    one = known[self._done.pop()]
                    labels.append(self.path, label_of(one, self.by, self.now(), None, None, None))
                return moved("label")
            one = known.get(asked(form, "id")) or _no_answer("id", asked(form, "id"))
            decision = asked(form, "decision")
            if decision not in get_args(Decision):
                _no_answer("decision", decision)
            quality, reason = asked(form, "quality"), asked(form, "reason")
            told = {
                "decision": decision,
                "quality": int(quality) if quality and decision != "unsure" else None,
                "reason": reason if reason and decision == "drop" else None,
            }
            made = label_of(one, self.by, self.now(), None, None, None).model_dump() | told
            labels.append(self.path, labels.Label.model_validate(made))
            self._done.append(one.id)
        return moved("label")

    def _drawn(self) -> list[Unlabelled]:
        if not self._todo:
            known = labels.read(self.path) if files.exists(self.path) else []
            done = {one.id for one in known if one.by == self.by}
            self._todo = [one for one in drawn(self.documents, Criteria(), COUNT, "") if one.id not in done]
            if not self._todo:
                raise QuestionError(f"{self.path}: {self.by} has labelled all that were drawn")
        return self._todo

    def _form(self, view: View, one: Unlabelled, place: str) -> Html:
        words = view.words
        shown, left = excerpt(one.text, [], one.language, SHOWN)
        decisions = [_choice("decision", value, key, words(f"label.{value}")) for key, value in DECISIONS.items()]
        numbers = [_choice("quality", str(number), str(number)) for number in range(WORST, BEST + 1)]
        reasons = [_choice("reason", value, key, words(f"label.{value}")) for key, value in REASONS.items()]
        return element(
            "div",
            element("p", f"{place} · {one.language or UNKNOWN_LANGUAGE}", class_="faint"),
            element("h3", element("bdi", one.title)) if one.title else None,
            shown,
            element("p", words("reading.left", count=f"{left:,}"), class_="faint") if left else None,
            element(
                "form",
                hidden("id", one.id),
                element("fieldset", element("legend", words("label.decision")), *decisions),
                element("fieldset", element("legend", words("label.quality")), *numbers),
                element("fieldset", element("legend", words("label.reason")), *reasons),
                element("button", words("label.store"), type="submit"),
                action="label",
                method="post",
                data_keys="",
            ),
            element(
                "form",
                hidden("undo", "1"),
                element("button", "z ", words("label.undo"), type="submit", data_key="z"),
                action="label",
                method="post",
            ),
        )


def _choice(name: str, value: str, key: str, text: str = "") -> Html:
    required = name == "decision"
    control = element("input", type="radio", name=name, value=value, data_key=key, required=required)
    return element("label", control, f" {key} {text}")


def _no_answer(name: str, value: str) -> Unlabelled:
    raise ValueError(f"{name} {value!r} is none that was asked for")
