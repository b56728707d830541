"""The page of a cluster of near duplicates: its members, and two of them side by side, with what differs marked."""

from jobs.explorer.document import specimen
from jobs.explorer.server import Fields, Reply
from jobs.explorer.view import View, address, asked, link
from pipeline.answers.clusters import MEMBERS, differences, members
from pipeline.answers.journey import Journey
from pipeline.answers.sample import Place, specimens_at
from pipeline.errors import QuestionError
from pipeline.pages.frame import Section
from pipeline.pages.html import Html, element, excerpt, shortened
from pipeline.pages.tables import NUMBER, Cell, Column, table

COMPARED = 20_000  # characters of each of two texts


def cluster_page(view: View, query: Fields) -> Reply:
    """Return the page of a cluster, by its name and the number of the member that is held against the survivor."""
    words, name = view.words, asked(query, "name")
    places = members(view.documents, name)
    if not places:
        raise QuestionError(f"{name}: no cluster of this run has this name")
    journeys = [one.journey for one in specimens_at(view.documents, [("", place) for place in places], None)]
    order = sorted(range(len(places)), key=lambda place: (_original(journeys[place]) is not None, place))
    chosen = asked(query, "member")
    other = int(chosen) if chosen.isdecimal() and int(chosen) < len(order) else min(1, len(order) - 1)
    sections = [
        Section("members", words("cluster.members"), _members(view, name, [journeys[p] for p in order], places))
    ]
    if len(order) > 1:
        pair = _beside(view, places[order[0]], places[order[other]])
        sections.append(Section("beside", words("cluster.beside"), pair))
    told = words("cluster.title", name=name)
    return view.page(told, sections, at=address("cluster", [("name", name), ("member", chosen)]))


def _original(journey: Journey) -> str | None:
    return next((survivor for one in journey.verdicts.values() if (survivor := one.get("duplicate_of"))), None)


def _members(view: View, name: str, journeys: list[Journey], places: list[Place]) -> Html:
    words = view.words
    columns = [
        Column("member", words("document")),
        Column("fate", words("fate")),
        Column("similarity", words("similarity"), NUMBER),
        Column("url", words("url")),
        Column("beside", words("cluster.beside")),
    ]
    rows: list[dict[str, Cell]] = []
    for place, one in enumerate(journeys):
        verdict = next((each for each in one.verdicts.values() if "similarity" in each), {})
        beside = link(words("cluster.compare"), "cluster", ("name", name), ("member", str(place))) if place else None
        identity = one.document["id"]
        rows.append(
            {
                "member": link(identity, "document", ("id", identity)),
                "fate": one.rejected_by or words("kept"),
                "similarity": verdict.get("similarity"),
                "url": element("bdi", shortened(one.document["url"] or "")),
                "beside": beside,
            }
        )
    note = element("p", words("cluster.most", count=str(MEMBERS)), class_="faint") if len(places) >= MEMBERS else None
    return element("div", table(columns, rows, words("cluster.members")), note)


def _beside(view: View, one: Place, other: Place) -> Html:
    documents = [specimen(view, place).journey.document for place in (one, other)]
    texts = [document["text"][:COMPARED] for document in documents]
    sides = []
    for document, text, spans in zip(documents, texts, differences(*texts), strict=True):
        shown, _ = excerpt(text, spans, document["language"], COMPARED + 1)  # from its beginning, wherever it differs
        head = element("h3", element("bdi", shortened(document["url"] or document["id"])))
        sides.append(element("div", head, shown))
    return element("div", *sides, class_="beside")
