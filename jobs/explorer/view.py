"""What the pages of the explorer have in common: the run they are of, their frame, links and forms."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from http import HTTPStatus
from pathlib import Path
from urllib.parse import urlencode

from jobs.explorer.server import Fields, Reply
from pipeline.answers.documents import Documents
from pipeline.answers.finished_run import FinishedRun
from pipeline.answers.funnel import StageFunnel
from pipeline.config import PipelineConfig
from pipeline.pages.frame import Section, page
from pipeline.pages.html import Html, Piece, element, joined
from pipeline.pages.words import LOCALES, Words
from pipeline.stages.documents import DocumentsStage

WORDS = Path(__file__).with_name("words.tsv")
OF_RELEASE = ("overview", "documents")  # in the menu
ONLY_OF_RUN = ("signals", "what-if", "label")
OF_RUN = (*OF_RELEASE, *ONLY_OF_RUN)
FILES = "../explorer"  # the script and the style, from any page


@dataclass(frozen=True)
class View:
    """A run or a release as its pages see it, in one language."""

    documents: Documents
    name: str
    words: Words
    settings: PipelineConfig | None = None  # none of a release, as the next three
    funnels: tuple[StageFunnel, ...] = ()  # of the stages that judge documents
    sources: tuple[str, ...] = ()
    signals: frozenset[str] = frozenset()

    @cached_property
    def languages(self) -> list[str]:
        """The languages of the documents, those with the most first."""
        counts = sum(self.documents.fates().values(), Counter[str]())
        return sorted(counts, key=lambda tag: (-counts[tag], tag))

    def page(
        self, title: str, sections: Sequence[Section], *head: Piece, at: str = "", status: HTTPStatus = HTTPStatus.OK
    ) -> Reply:
        """Return a page; `at` is its address, by which it is there in the other language too."""
        links = [
            element("li", link(self.words(f"menu.{name}"), name)) for name in (OF_RUN if self.settings else OF_RELEASE)
        ]
        others = [locale for locale in LOCALES if locale != self.words.locale]
        links += (
            element("li", element("a", self.words(f"menu.{other}"), href=f"../{other}/{at}", lang=other))
            for other in others
        )
        menu = element("nav", element("ul", *links), aria_label=self.words("menu"))
        warning = element("p", self.words("warning"), class_="faint") if self.settings else None
        made = page(f"{title} · {self.name}", self.words, sections, menu, warning, *head, served=FILES)
        return Reply(made, status=status)


@dataclass(frozen=True)
class RunView(View):
    """A run, which also has signals and bounds."""

    run: FinishedRun = field(kw_only=True)
    stage: DocumentsStage = field(kw_only=True)


def address(path: str, fields: Iterable[tuple[str, str]] = ()) -> str:
    """Return where a page is, from another."""
    given = urlencode([(key, value) for key, value in fields if value])
    return f"{path}?{given}" if given else path


def link(text: Piece, path: str, *fields: tuple[str, str]) -> Html:
    """Return a link to a page."""
    return element("a", text, href=address(path, fields))


def asked(query: Fields, key: str) -> str:
    """Return the last value of a field; "" if there is none."""
    return query.get(key, [""])[-1].strip()


def labelled(text: str, control: Html) -> Html:
    """Return a control of a form with its label."""
    return element("label", element("span", text), control)


def select(name: str, groups: Sequence[tuple[str, Sequence[tuple[str, str]]]], chosen: str) -> Html:
    """Return a choice: options, as (value, text), under the names of their groups; those of no name come first.

    What was chosen is an option even where it is none of them, as from an address: a form says what is asked for.
    """
    known = {value for _, options in groups for value, _ in options}
    parts = [] if chosen in known else [element("option", chosen, value=chosen, selected=True)]
    for group, options in groups:
        made = [element("option", text, value=value, selected=value == chosen) for value, text in options]
        parts.append(element("optgroup", *made, label=group) if group else joined(made))
    return element("select", *parts, name=name)


def form(path: str, *controls: Piece, submit: str, also: Html | None = None, **attributes: str) -> Html:
    """Return a form that leads to a page, with its button, and `also` another one."""
    inside = element("div", *controls, element("button", submit, type="submit"), also, class_="controls")
    return element("form", inside, action=path, method="get", **attributes)


def hidden(name: str, value: str) -> Html:
    """Return a field that nobody sees."""
    return element("input", type="hidden", name=name, value=value)
