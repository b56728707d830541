"""The first page: what became of the documents, by stage, reason and language, each number a way to the documents."""

from collections import Counter
from collections.abc import Iterator, Sequence
from http import HTTPStatus

from jobs.explorer.server import Fields, Reply
from jobs.explorer.view import View, address, link
from pipeline.answers.breakdown import Cluster, Texts, breakdown_of_release
from pipeline.pages.frame import Section
from pipeline.pages.html import Html, element, shortened
from pipeline.pages.tables import BAR, COUNT, SHARE, Cell, Column, table
from shards.release.place import release_at

LANGUAGES = 60  # rows of a table


def overview(view: View, query: Fields) -> Reply:
    """Return the first page."""
    words = view.words
    if view.settings is None:
        nothing = None if view.languages else element("p", words("overview.nothing"))
        return view.page(words("overview.title"), list(_of_release(view)), nothing, at="overview")
    sections = [
        Section("stages", words("overview.stages"), _stages(view)),
        Section("reasons", words("overview.reasons"), _reasons(view)),
        Section("languages", words("overview.languages"), _languages(view)),
    ]
    return view.page(words("overview.title"), sections, at="overview")


def only_of_run(view: View, query: Fields) -> Reply:
    """Return why a release has no such page."""
    told = element("p", view.words("release.none"), class_="warning", role="alert")
    return view.page(view.words("question"), [], told, at="overview", status=HTTPStatus.NOT_FOUND)


def _of_release(view: View) -> Iterator[Section]:
    """Yield what a release publishes, each name a way to the documents; what it has none of is left out."""
    tables = breakdown_of_release(release_at(view.documents.place), hosts=True)
    for key in ("languages", "licenses", "domains", "hosts"):
        each: tuple[Texts, ...] = getattr(tables, key)
        if each:
            yield Section(key, view.words(f"overview.{key}"), _texts(view, key.removesuffix("s"), each))
    if tables.clusters:
        yield Section("clusters", view.words("overview.clusters"), _clusters(view, tables.clusters))


def _clusters(view: View, each: Sequence[Cluster]) -> Html:
    words = view.words
    columns = [
        Column("document", words("document")),
        Column("documents", words("documents.count"), COUNT),
        Column("url", words("url")),
    ]
    rows: list[dict[str, Cell]] = [
        {
            "document": link(element("bdi", shortened(one.title or one.id)), "document", ("id", one.id)),
            "documents": one.documents,
            "url": element("bdi", shortened(one.url or "")),
        }
        for one in each
    ]
    note = element("p", words("overview.clusters_of_release"), class_="faint")
    return element("div", note, table(columns, rows, words("overview.clusters")))


def _texts(view: View, field: str, each: Sequence[Texts]) -> Html:
    words = view.words
    whole = sum(one.documents for one in each)
    rows: list[dict[str, Cell]] = [
        {
            "name": link(one.name, "documents", (field, one.name)),
            "documents": one.documents,
            "share": one.documents / max(whole, 1),
            "bytes": one.bytes,
        }
        for one in each[:LANGUAGES]
    ]
    columns = [
        Column("name", words(f"field.{field}")),
        Column("documents", words("documents.count"), COUNT),
        Column("share", words("bar"), BAR),
        Column("bytes", words("column.bytes"), COUNT),
    ]
    more = len(each) - LANGUAGES
    note = element("p", words("page.more", count=f"{more:,}"), class_="faint") if more > 0 else None
    return element("div", table(columns, rows, words(f"overview.{field}s")), note)


def _stages(view: View) -> Html:
    words = view.words
    columns = [
        Column("stage", words("stage")),
        Column("rows", words("documents.count"), COUNT),
        Column("kept", words("kept"), COUNT),
        Column("rejected", words("rejected"), COUNT),
        Column("share", words("share_kept"), BAR),
    ]
    rows: list[dict[str, Cell]] = []
    for one in view.funnels:
        part = one.kept_rows / one.rows if one.rows else None
        rejected = sum(count for _, count in one.reasons())
        rows.append(
            {
                "stage": one.name,
                "rows": one.rows,
                "kept": one.kept_rows,
                "rejected": rejected,
                "share": part,
            }
        )
    return table(columns, rows, words("overview.stages"))


def _reasons(view: View) -> Html:
    words = view.words
    columns = [
        Column("reason", words("reason")),
        Column("count", words("documents.count"), COUNT),
        Column("share", words("bar"), BAR),
    ]
    reasons = sorted((reason for one in view.funnels for reason in one.reasons()), key=lambda reason: -reason[1])
    whole = view.funnels[0].rows if view.funnels else 1
    rows: list[dict[str, Cell]] = [
        {"reason": link(reason, "documents", ("fate", reason)), "count": count, "share": count / whole}
        for reason, count in reasons
    ]
    return table(columns, rows, words("overview.reasons"))


def _languages(view: View) -> Html:
    words = view.words
    last = Counter(view.funnels[-1].kept) if view.funnels else Counter[str]()
    first = sum(view.funnels[0].rejected.values(), Counter(view.funnels[0].kept)) if view.funnels else Counter[str]()
    columns = [
        Column("language", words("language")),
        Column("count", words("documents.count"), COUNT),
        Column("kept", words("kept_at_last"), COUNT),
        Column("share", words("share_kept"), SHARE),
    ]
    rows: list[dict[str, Cell]] = [
        {
            "language": link(tag, "documents", ("language", tag)),
            "count": count,
            "kept": element("a", f"{last[tag]:,}", href=address("documents", [("language", tag), ("fate", "kept")])),
            "share": last[tag] / count if count else None,
        }
        for tag, count in sorted(first.items(), key=lambda item: (-item[1], item[0]))[:LANGUAGES]
    ]
    more = len(first) - LANGUAGES
    note = element("p", words("overview.more", count=f"{more:,}"), class_="faint") if more > 0 else None
    return element("div", table(columns, rows, words("overview.languages")), note)
