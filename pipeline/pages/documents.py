"""Documents on a page: where each is from, what decided, its evidence, and its text with that marked."""

from collections.abc import Iterator

from pipeline.answers.journey import Journey
from pipeline.answers.measurement import Measurement
from pipeline.answers.sample import Specimen
from pipeline.pages.html import EXCERPT, Html, Piece, element, excerpt, shortened
from pipeline.pages.words import Words
from pipeline.words import number

PERSONAL = "pii."  # documents that this rejects may hold what nobody may read: their texts are not shown
EVIDENCE = 4  # pieces of a document that are shown
FACTS = ("language", "license", "source", "contributor", "domain")


def document(specimen: Specimen, words: Words, most: int = EXCERPT) -> Html:
    """Return a document, with at most so many characters of its text."""
    journey, row = specimen.journey, specimen.journey.document
    title = shortened(row["title"] or row["url"] or row["source_id"])
    facts = [shortened(str(row[name])) for name in FACTS if row[name]]
    return element(
        "article",
        element("h3", element("bdi", title)),
        element(
            "p",
            element("bdi", shortened(row["url"] or row["source_id"])),
            " · ",
            element("code", row["id"]),
            class_="faint",
        ),
        element("p", " · ".join(facts), class_="faint"),
        *(element("p", reason) for reason in _reasons(journey, words)),
        *_text(specimen, words, most),
        _evidence(journey, words),
        class_="rejected" if journey.rejected_by else "kept",
    )


def _reasons(journey: Journey, words: Words) -> Iterator[Html]:
    """Yield what decided: the reason, the values with their bounds, and of a copy its original."""
    if journey.rejected_by:
        yield words.markup(
            "document.rejected", reason=element("code", journey.rejected_by), stage=journey.rejected_in or ""
        )
    for one in journey.signals:
        if one.outcome in ("rejects", "flags"):
            bound = words("document.bound", value=_value(one, words), bound=str(one.bound))
            yield element("span", element("code", one.name), " ", bound)
    for verdict in journey.verdicts.values():
        if (original := verdict.get("duplicate_of")) is not None:
            yield words.markup("document.copy", original=element("code", original))


def _value(one: Measurement, words: Words) -> str:
    if one.value is None or one.missing:
        return words("document.no_value")
    return shortened(one.value) if isinstance(one.value, str) else number(float(one.value))


def _text(specimen: Specimen, words: Words, most: int) -> Iterator[Piece]:
    row = specimen.journey.document
    if (specimen.journey.rejected_by or "").startswith(PERSONAL):
        yield element("p", words("document.personal"), class_="faint")
    elif not row["text"]:
        yield element("p", words("document.no_text"), class_="faint")
    else:
        spans = [span for highlight in specimen.highlights for span in highlight.spans]
        shown, left = excerpt(row["text"], spans, row["language"], most)
        yield shown
        if left:
            yield element("p", words("document.left", count=number(left)), class_="faint")


def _evidence(journey: Journey, words: Words) -> Piece:
    evidence = journey.document["evidence"] or []
    if not evidence:
        return None
    lines = [
        element(
            "li",
            element("code", item["kind"]),
            f" ({item['subject'] or '–'}, {item['where'] or '–'}): ",
            element("bdi", shortened(item["value"])),
        )
        for item in evidence[:EVIDENCE]
    ]
    more = len(evidence) - len(lines)
    rest = element("li", words("page.more", count=number(more))) if more else None
    summary = element("summary", words("document.evidence", count=number(len(evidence))))
    return element("details", summary, element("ul", *lines, rest))
