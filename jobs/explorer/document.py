"""The page of one document: where it went and why, what it rests on, and its text with what decided marked in it."""

from collections.abc import Iterator, Mapping, Sequence

from jobs.explorer.listing import place_of
from jobs.explorer.server import Fields, Reply
from jobs.explorer.view import View, address, asked, link
from pipeline.answers.documents import Documents
from pipeline.answers.journey import Journey
from pipeline.answers.labelling import places_by_id
from pipeline.answers.measurement import Measurement
from pipeline.answers.sample import Place, Specimen, specimens_at
from pipeline.errors import QuestionError
from pipeline.pages.frame import Section
from pipeline.pages.html import Html, Piece, definitions, element, excerpt, shortened
from pipeline.pages.tables import Cell, Column, table
from pipeline.words import number

SHOWN = 20_000  # characters of a text, unless all of it is asked for
EVERYTHING = 5_000_000
FACTS = ("url", "source", "source_id", "contributor", "title", "author", "published", "language", "language_score")
RIGHTS = ("license", "license_url", "license_scope", "license_confidence")
VALUES = ("domain", "quality_score", "quality_source", "register", "safety_tier", "duplicates")
TOLD = {"id", "evidence", "cluster", "duplicate_of", "removed"}
LONGEST = 1_000  # characters of a fact


def document_page(view: View, query: Fields) -> Reply:
    """Return the page of a document, by its place or its id."""
    words = view.words
    place = _place(view.documents, query)
    one = specimen(view, place)
    document = one.journey.document
    most = EVERYTHING if asked(query, "whole") else SHOWN
    sections = [
        Section("journey", words("reading.journey"), _journey(view, one.journey)),
        Section("text", words("reading.text"), _text(view, one, most, place)),
        *([Section("signals", words("reading.signals"), _signals(view, one.journey.signals))] if view.settings else []),
        Section("evidence", words("reading.evidence"), _evidence(view, document["evidence"] or ())),
    ]
    title = shortened(document["title"] or document["url"] or document["id"])
    at = address("document", [("at", f"{place.shard}-{place.row}")])
    return view.page(title, sections, at=at)


def _place(documents: Documents, query: Fields) -> Place:
    if wanted := asked(query, "id"):
        places = places_by_id(documents, [wanted])
        if not places:
            raise QuestionError(f"{wanted}: no document here has this id")
        return places[0]
    shard, row = place_of(asked(query, "at"))
    if shard >= len(documents.shards) or row >= documents.shards[shard].rows:
        raise QuestionError(f"{shard}-{row}: no document there")
    return Place(0, "", shard, row)


def specimen(view: View, place: Place) -> Specimen:
    """Return what is known of a document."""
    return specimens_at(view.documents, [("", place)], view.settings)[0]


def _journey(view: View, journey: Journey) -> Html:
    words, document = view.words, journey.document
    facts: list[tuple[str, Piece]] = [("id", document["id"]), (words("fate"), _fate(view, journey))]
    facts += [(name, _value(document[name])) for name in (*FACTS, *RIGHTS, *VALUES) if document[name] is not None]
    for stage, verdict in journey.verdicts.items():
        said = [f"{name} {_value(value)}" for name, value in verdict.items() if value is not None and name not in TOLD]
        facts.append((stage, element("bdi", ", ".join(said) or words("kept"))))
        if cluster := verdict.get("cluster"):
            facts.append((words("cluster"), link(cluster, "cluster", ("name", cluster))))
        if original := verdict.get("duplicate_of"):
            facts.append((words("duplicate_of"), link(original, "document", ("id", original))))
    if view.settings is None and (document["duplicates"] or 1) > 1:
        facts.append((words("cluster"), words("release.copies", count=f"{document['duplicates']:,}")))
    if (place := document["provenance"]) is not None:
        told = ", ".join(f"{key} {value}" for key, value in place.items() if value is not None)
        facts.append((words("provenance"), element("bdi", told)))
    return definitions(facts)


def _fate(view: View, journey: Journey) -> str:
    words = view.words
    if journey.rejected_by:
        return words("reading.rejected", stage=journey.rejected_in or "", reason=journey.rejected_by)
    flags = journey.document["flagged_by"]
    return words("reading.flagged", reasons=", ".join(flags)) if flags else words("kept")


def _value(value: object) -> Html:
    told = number(value) if isinstance(value, int | float) else str(value)
    return element("bdi", shortened(told, LONGEST))


def _text(view: View, one: Specimen, most: int, place: Place) -> Html:
    words, document = view.words, one.journey.document
    if not document["text"]:
        return element("p", words("documents.no_text"), class_="faint")
    spans = [span for highlight in one.highlights for span in highlight.spans]
    names = ", ".join(dict.fromkeys(highlight.measurement.name for highlight in one.highlights))
    marked = element("p", element("mark", words("reading.marked")), " ", names) if spans else None
    shown, left = excerpt(document["text"], spans, document["language"], most)
    at = f"{place.shard}-{place.row}"
    more = link(words("reading.more", count=f"{left:,}"), "document", ("at", at), ("whole", "1")) if left else None
    return element("div", marked, shown, element("p", more) if more else None)


def _signals(view: View, measured: Sequence[Measurement]) -> Html:
    words = view.words
    columns = [
        Column("name", words("signal")),
        Column("value", words("value")),
        Column("bound", words("bound")),
        Column("outcome", words("outcome")),
    ]
    return table(columns, list(_measurements(view, measured)), words("reading.signals"))


def _measurements(view: View, measured: Sequence[Measurement]) -> Iterator[Mapping[str, Cell]]:
    for one in measured:
        name: str = link(one.name, "signal", ("name", one.name)) if one.name in view.signals else one.name
        value = "" if one.missing or one.value is None else one.value
        told = value if isinstance(value, str) else number(value)
        outcome = view.words(f"outcome.{one.outcome}")
        strong = one.outcome in ("rejects", "would_reject", "flags")
        yield {
            "name": name,
            "value": element("bdi", shortened(told)),
            "bound": str(one.bound),
            "outcome": element("strong", outcome) if strong else outcome,
        }


def _evidence(view: View, evidence: Sequence[Mapping[str, str | None]]) -> Html:
    words = view.words
    columns = [Column(name, words(f"evidence.{name}")) for name in ("kind", "subject", "where", "value")]
    rows = [
        {key: element("bdi", shortened(item[key] or "", LONGEST)) for key in [c.key for c in columns]}
        for item in evidence
    ]
    if not rows:
        return element("p", words("reading.no_evidence"), class_="faint")
    return table(columns, rows, words("reading.evidence"))
