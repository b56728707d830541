"""The page of a what-if: moved bounds, what would change sides, and the bounds as YAML to take along."""

from collections import Counter

from jobs.explorer.server import Fields, Reply
from jobs.explorer.signal import assignment_of
from jobs.explorer.view import RunView, address, asked, form, hidden, labelled, link
from pipeline.answers.moves import OTHER_STAGES, as_yaml, moves_of
from pipeline.answers.what_if import CHANGES, Changed, WhatIf, what_if
from pipeline.errors import QuestionError
from pipeline.pages.frame import Section
from pipeline.pages.html import Html, element
from pipeline.pages.tables import COUNT, Cell, Column, table

EXAMPLES = 20  # documents of each change
MOST = 20  # bounds that are moved


def what_if_page(view: RunView, query: Fields) -> Reply:
    """Return what would become of the documents with the bounds that are asked for."""
    words, given = view.words, assignments(query)
    if asked(query, "name"):  # from the page of a signal
        given.append(assignment_of(view, query))
    fields = [("move", move) for move in given]
    try:
        answer = what_if(view.run, view.stage, moves_of(view.stage, given), EXAMPLES) if given else None
        wrong = None
    except QuestionError as error:
        answer, wrong = None, element("p", str(error), class_="warning", role="alert")
    sections = [Section("moves", words("what_if.moves"), element("div", wrong, _moves(view, given, answer)))]
    if answer is not None:
        sections += [
            Section("changes", words("what_if.changes"), _changes(view, answer)),
            Section("reasons", words("overview.reasons"), _reasons(view, answer)),
            *([Section("documents", words("documents.title"), _documents(view, answer))] if answer.examples else []),
            Section("export", words("what_if.export"), _export(view, answer, fields)),
        ]
    return view.page(words("what_if.title"), sections, at=address("what-if", fields))


def what_if_yaml(view: RunView, query: Fields) -> Reply:
    """Return moved bounds as YAML that a configuration takes."""
    content = as_yaml(moves_of(view.stage, assignments(query)))
    return Reply(content, "application/yaml", headers={"Content-Disposition": 'attachment; filename="bounds.yaml"'})


def assignments(query: Fields) -> list[str]:
    """Return the bounds that are asked for: those there were, and one that is added."""
    return [move.strip() for move in query.get("move", []) if move.strip()][:MOST]


def _moves(view: RunView, given: list[str], answer: WhatIf | None) -> Html:
    words = view.words
    items = []
    for place, move in enumerate(given):
        rest = [("move", other) for at, other in enumerate(given) if at != place]
        drop = link(words("what_if.drop"), "what-if", *rest)
        items.append(element("li", element("code", move), " ", drop))
    told = [
        element("p", element("bdi", f"{one.name}: {one.old} → {one.new}"), class_="faint")
        for one in (answer.moves if answer else ())
    ]
    told += [
        element("p", words("what_if.apart", name=one.name, count=str(one.elsewhere)), class_="faint")
        for one in (answer.moves if answer else ())
        if one.elsewhere
    ]
    example = "gopher_quality.words.min=40"
    add = element("input", name="move", placeholder=example, required=True, size=50, autocomplete="off")
    return element(
        "div",
        element("ul", *items) if items else element("p", words("what_if.how", example=example)),
        *told,
        form(
            "what-if",
            *(hidden("move", move) for move in given),
            labelled(words("what_if.add"), add),
            submit=words("what_if.count"),
        ),
    )


def _changes(view: RunView, answer: WhatIf) -> Html:
    words = view.words
    kept, before = answer.kept.total(), answer.now_kept.total()
    later = ", ".join(one.name for one in view.funnels[1:] if one.name in OTHER_STAGES)
    told = [element("p", words("what_if.kept", before=f"{before:,}", after=f"{kept:,}"))]
    if unmeasured := answer.unmeasured.total():
        told.append(element("p", words("what_if.unmeasured", count=f"{unmeasured:,}")))
    limits = element("p", words("what_if.limits", stages=later), class_="faint") if later else None
    if not answer.sides:
        return element("div", *told, element("p", words("what_if.nothing")), limits)
    changes = [change for change in CHANGES if change in answer.sides]
    names = {change: _change(view, *change) for change in changes}
    columns = [Column("language", words("language")), *(Column("-".join(c), names[c], COUNT) for c in changes)]
    totals = sum(answer.sides.values(), Counter[str]())
    rows: list[dict[str, Cell]] = [
        {"language": tag, **{"-".join(change): answer.sides[change][tag] for change in changes}}
        for tag, _ in sorted(totals.items(), key=lambda item: (-item[1], item[0]))
    ]
    rows.append(
        {"language": words("what_if.all"), **{"-".join(change): answer.sides[change].total() for change in changes}}
    )
    return element("div", *told, table(columns, rows, words("what_if.changes")), limits)


def _reasons(view: RunView, answer: WhatIf) -> Html:
    words = view.words
    columns = [
        Column("reason", words("reason")),
        Column("now", words("what_if.now"), COUNT),
        Column("then", words("what_if.then"), COUNT),
    ]
    before = {reason: languages.total() for reason, languages in answer.now_rejected.items()}
    after = {reason: languages.total() for reason, languages in answer.rejected.items()}
    rows: list[dict[str, Cell]] = [
        {"reason": reason, "now": before.get(reason, 0), "then": after.get(reason, 0)}
        for reason in sorted({*before, *after})
        if before.get(reason) != after.get(reason)
    ]
    return table(columns, rows, words("overview.reasons"))


def _documents(view: RunView, answer: WhatIf) -> Html:
    words = view.words
    columns = [
        Column("document", words("document")),
        Column("language", words("language")),
        Column("change", words("what_if.change")),
        Column("reason", words("reason")),
    ]
    rows: list[dict[str, Cell]] = [
        {
            "document": link(one.id, "document", ("at", f"{one.shard}-{one.row}")),
            "language": one.language,
            "change": _change(view, one.before, one.after),
            "reason": _why(one),
        }
        for one in answer.examples
    ]
    return table(columns, rows, words("documents.count"))


def _change(view: RunView, before: str, after: str) -> str:
    return " → ".join(view.words(f"side.{side}") for side in (before, after))


def _why(one: Changed) -> str:
    return " → ".join(filter(None, (one.reason, one.new_reason)))


def _export(view: RunView, answer: WhatIf, fields: list[tuple[str, str]]) -> Html:
    words = view.words
    return element(
        "div",
        element("p", link(words("what_if.download"), "what-if.yaml", *fields)),
        element("pre", element("code", as_yaml(answer.moves)), tabindex=0),
    )
