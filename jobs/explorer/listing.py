"""The page of documents: those of a fate, a language, a source, a host, a licence, a quality, that have a phrase."""

import time
from collections.abc import Callable
from typing import Literal

from jobs.explorer.server import Fields, Reply
from jobs.explorer.view import View, address, asked, form, labelled, link, select
from pipeline.answers.browse import Listed, Listing, listing
from pipeline.answers.sample import Criteria, band_of
from pipeline.errors import QuestionError
from pipeline.pages.frame import Section
from pipeline.pages.html import Html, element, language_tag, shortened
from shards.schema import DOMAINS

PATIENCE = 1.5  # seconds of CPU that a list may take: what was not looked through by then is behind a link
FIELDS = ("fate", "language", "source", "host", "license", "domain", "quality", "phrase")


def listing_page(view: View, query: Fields) -> Reply:
    """Return the documents that are asked for, from where the last list ended."""
    words, phrase = view.words, asked(query, "phrase")
    page = listing(view.documents, criteria_of(query), phrase, place_of(asked(query, "from")), _patience())
    chosen = [(name, asked(query, name)) for name in FIELDS]
    sections = [
        Section("search", words("documents.search"), _form(view, query)),
        Section("found", words("documents.found"), _found(view, page, chosen)),
    ]
    return view.page(words("documents.title"), sections, at=address("documents", chosen))


def criteria_of(query: Fields) -> Criteria:
    """Return what is asked for in the fields of a form.

    Raises
    ------
    QuestionError
        for a band of qualities that is none.
    """
    fate, quality = asked(query, "fate"), asked(query, "quality")
    side: Literal["kept", "rejected"] | None = "kept" if fate == "kept" else "rejected" if fate == "rejected" else None
    language, source, host, license, domain = (
        asked(query, name) or None for name in ("language", "source", "host", "license", "domain")
    )
    reason, band = fate if fate and side is None else None, band_of(quality) if quality else None
    return Criteria(side, reason, language, source, host, license, domain, band)


def place_of(text: str) -> tuple[int, int]:
    """Return a shard and a row, written 3-17; "" is the first.

    Raises
    ------
    QuestionError
        when it is neither.
    """
    shard, _, row = (text or "0-0").partition("-")
    if not (shard.isdecimal() and row.isdecimal() and len(text) <= 40):
        raise QuestionError(f"{text}: not the place of a document")
    return int(shard), int(row)


def _patience() -> Callable[[], bool]:
    end = time.thread_time() + PATIENCE
    return lambda: time.thread_time() > end


def _form(view: View, query: Fields) -> Html:
    words = view.words
    reasons = [
        (one.name, [(reason, f"{reason} ({count:,})") for reason, count in one.reasons()]) for one in view.funnels
    ]
    stages = [(one.name, words("documents.stage", stage=one.name)) for one in view.funnels if one.reasons()]
    sides = [("", words("any")), ("kept", words("kept")), ("rejected", words("rejected")), *stages]

    def choice(name: str, values: list[str]) -> Html:
        options = [("", [("", words("any")), *((value, value) for value in values)])]
        return labelled(words(f"field.{name}"), select(name, options, asked(query, name)))

    def text(name: str, hint: str) -> Html:
        return labelled(words(f"field.{name}"), element("input", name=name, value=asked(query, name), placeholder=hint))

    return form(
        "documents",
        labelled(words("field.fate"), select("fate", [("", sides), *reasons], asked(query, "fate")))
        if view.funnels
        else None,
        choice("language", view.languages),
        choice("source", list(view.sources)) if view.sources else text("source", ""),
        text("host", "example.org"),
        text("license", "CC-BY-4.0"),
        choice("domain", list(DOMAINS)),
        text("quality", "0.2..0.4"),
        text("phrase", ""),
        submit=words("search"),
    )


def _found(view: View, page: Listing, chosen: list[tuple[str, str]]) -> Html:
    words = view.words
    items = [element("li", _item(view, one)) for one in page.documents]
    told = [words("documents.none")] if not items and page.next is None else []
    onward = None
    if page.next is not None:
        following = "-".join(map(str, page.next))
        onward = element("p", link(words("documents.more"), "documents", *chosen, ("from", following)))
        looked = f"{page.searched:,}"
        told += [words("documents.searched", count=looked, all=f"{len(view.documents.shards):,}")]
    note = element("p", " ".join(told), class_="faint") if told else None
    return element("div", element("ol", *items, class_="documents") if items else None, note, onward)


def _item(view: View, one: Listed) -> Html:
    words = view.words
    name = shortened(one.title or one.url or one.id)
    quality = None if one.quality_score is None else f"{words('field.quality')} {one.quality_score:.2f}"
    facts = [one.rejected_by or words("kept"), one.language, one.license, quality, shortened(one.url or "")]
    head = link(element("bdi", name), "document", ("at", f"{one.shard}-{one.row}"))
    beginning = element("p", shortened(one.beginning), dir="auto", lang=language_tag(one.language))
    return element(
        "article",
        element("h3", head, dir="auto"),
        element("p", *(element("bdi", fact, class_="fact") for fact in facts if fact), class_="faint"),
        beginning if one.beginning else element("p", words("documents.no_text"), class_="faint"),
        class_="rejected" if one.rejected_by else None,
    )
