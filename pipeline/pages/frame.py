"""The frame of a page: one file that asks nothing of anyone, in the light and in the dark, on a phone and on paper."""

import base64
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from pipeline.pages.html import Html, Piece, element
from pipeline.pages.words import TAGS, Words

STYLE = Path(__file__).with_name("page.css")
# Nothing is fetched and nothing runs; the one style is known by its digest.
POLICY = "default-src 'none'; style-src '{style}'; base-uri 'none'; form-action 'none'"


@dataclass(frozen=True)
class Section:
    """A part of a page, with the name by which the contents lead to it."""

    id: str
    title: str
    content: Html


def page(title: str, words: Words, sections: Sequence[Section], *head: Piece, served: str = "") -> str:
    """Return a page of sections, the same for the same content; `head` stands before the contents.

    `served` is the address of a server's script, without its ending, with its style beside it. A server sends the
    policy itself, which must let the page's own style in.
    """
    style = style_text()
    links = [element("li", element("a", each.title, href=f"#{each.id}")) for each in sections]
    parts = [
        element(
            "section",
            element("h2", each.title, id=f"{each.id}-title"),
            each.content,
            id=each.id,
            aria_labelledby=f"{each.id}-title",
        )
        for each in sections
    ]
    return "<!DOCTYPE html>\n" + element(
        "html",
        element(
            "head",
            element("meta", charset="utf-8"),
            element("meta", http_equiv="Content-Security-Policy", content=POLICY.format(style=digest(style)))
            if not served
            else None,
            element("meta", name="viewport", content="width=device-width, initial-scale=1"),
            element("meta", name="color-scheme", content="light dark"),
            element("meta", name="referrer", content="no-referrer"),
            element("meta", name="robots", content="noindex"),
            element("title", title),
            element("style", Html(style)),
            element("link", rel="stylesheet", href=f"{served}.css") if served else None,
            element("script", src=f"{served}.js", defer=True) if served else None,
        ),
        element(
            "body",
            element("a", words("page.skip"), href="#content", class_="skip"),
            element("header", element("h1", title), *head),
            element("nav", element("ul", *links), aria_label=words("page.contents")) if links else None,
            element("main", *parts, id="content"),
        ),
        lang=TAGS[words.locale],
    )


@cache
def style_text() -> str:
    """Return the style of all pages."""
    return STYLE.read_text(encoding="utf-8")


def digest(inline: str) -> str:
    """Return how a Content-Security-Policy names an inline style or script."""
    return "sha256-" + base64.b64encode(hashlib.sha256(inline.encode()).digest()).decode()
