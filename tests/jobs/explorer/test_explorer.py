"""The explorer over a run with hostile documents: every page is there, in both languages, and nothing is alive."""

import json
import re
import shutil
import urllib.parse
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
import yaml

from jobs.explorer import signal
from jobs.explorer.explorer import Explorer
from jobs.explorer.listing import criteria_of
from jobs.explorer.server import Reply, fields_of
from jobs.explorer.view import View, asked
from pipeline.answers import browse, labels
from pipeline.answers.documents import KEPT, documents_at, documents_of
from pipeline.answers.finished_run import FinishedRun
from pipeline.answers.moves import moves_of
from pipeline.answers.sample import Criteria
from pipeline.answers.settings import documents_stage, settings_of
from pipeline.answers.what_if import what_if
from pipeline.pages.words import LOCALES
from tests.pipeline.pages.parsing import Page, number_of
from tests.pipeline.stages.corpus import Corpus, rows
from tests.reports import made_run

TEXT = (
    "The rain that fell on the hills of {n} has come down to the river, and people have closed the road.\n"
    "We waited with the others until the boat {n} was there, and nobody who has seen it would say that it is new.\n"
)
HOSTILE = (
    "<script>alert(1)</script></title><img src=x onerror=alert(1)>",
    "</script><svg onload=alert(1)>",
    "\u202egnp.exe\u2066 \x1b[31m red \x07",
    '" autofocus onfocus=alert(1) x="',
    "javascript:alert(1)",
    '=HYPERLINK("http://evil.example")',
    "a" * 200_000,
    "مرحبا بالعالم شالوم שלום",
    "{words} {0} %s",
)
STEPS = [
    {"name": "gopher_quality", "words": {"min": 30}, "alphabetic_words": {"min": 0.5}},
    {"name": "normalize"},
    {"name": "fineweb", "duplicate_line_characters": {}, "newlines": {"max": 0.08, "action": "flag"}},
]


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> FinishedRun:
    corpus = Corpus(tmp_path_factory.mktemp("run"), "title", "url", "author")
    for half in range(3):
        made: list[dict[str, str]] = []
        for number in range(14):
            bad = HOSTILE[number % len(HOSTILE)]
            text = TEXT.format(n=half) * (number % 3) + f"{bad}\n{TEXT.format(n=f'{half}{number}')}"
            made.append(
                {"text": text, "title": bad[:300], "url": f"https://h{number}.example/{bad[:99]}", "author": bad}
            )
        made += [{"text": TEXT.format(n=half) * 3, "url": f"https://copy.example/{half}/{n}"} for n in (1, 2)]
        corpus.write(str(half), *made)
    return corpus.run(STEPS, {"name": "dedup"})


@pytest.fixture
def explorer(run: FinishedRun, tmp_path: Path) -> Explorer:
    return Explorer(documents_of(run), "en", str(tmp_path / "labels.jsonl"), "li")


@pytest.fixture
def view(explorer: Explorer) -> View:
    return explorer._views["en"]


def get(explorer: Explorer, address: str) -> Reply:
    path, _, query = address.partition("?")
    return explorer.get(path, fields_of(query))


def post(explorer: Explorer, **form: str) -> Reply:
    return explorer.post("en/label", {name: [value] for name, value in form.items()})


def walked(explorer: Explorer, *first: str, most: int) -> Iterator[tuple[str, Page]]:
    """Yield pages that links lead to, from the first: of each kind with each set of fields the first few."""
    seen, todo, kinds = set(first), list(first), Counter[str]()
    while todo:
        address = todo.pop(0)
        path, _, query = address.partition("?")
        kind = f"{path} {sorted(fields_of(query))}"
        if kinds[kind] >= most:
            continue
        kinds[kind] += 1
        reply = get(explorer, address)
        assert reply.status == 200, address
        if reply.kind != "text/html":
            continue
        page = Page(reply.content)
        yield address, page
        for link in page.values("href"):
            if not link.startswith("#") and not link.endswith(".css"):
                target = urllib.parse.urljoin(f"http://here/{path}", link).removeprefix("http://here/")
                assert not target.startswith("http"), link
                if target not in seen:
                    seen.add(target)
                    todo.append(target)


def test_every_link_leads_to_a_page_and_nothing_in_one_is_alive(explorer: Explorer) -> None:
    found = dict(walked(explorer, "en/documents?fate=dedup", "en/overview", most=4))
    kinds = {address.partition("?")[0] for address in found}
    pages = {"overview", "documents", "document", "cluster", "signals", "signal", "what-if", "label"}
    assert kinds >= {f"{locale}/{page}" for locale in LOCALES for page in pages}
    for address, page in found.items():
        scripts = [told for tag, told in page.elements if tag == "script"]
        assert [told["src"] for told in scripts] == ["../explorer.js"], address
        assert not {"img", "iframe", "object", "embed", "base"} & page.names(), address
        attributes = {name for _, told in page.elements for name in told}
        assert not {name for name in attributes if name.startswith("on")} | ({"style", "autofocus"} & attributes), (
            address
        )
        assert not re.search(r"[\x00-\x08\x0b-\x1f\u202a-\u202e\u2066-\u2069]", page.text), address
        assert all(
            not link.lower().startswith(("javascript:", "http:", "https:", "//")) for link in page.values("href")
        )


def test_a_share_is_of_the_documents_that_came_in(run: FinishedRun, explorer: Explorer) -> None:
    whole = sum(len(rows(run, "documents", role)) for role in ("kept", "rejected"))
    _, reasons, _ = Page(get(explorer, "en/overview").content).tables.values()
    found = [(number_of(row["count"]), number_of(row["share"].strip())) for row in reasons]
    assert found == sorted(found, reverse=True)
    assert [share for _, share in found] == [pytest.approx(count / whole, abs=0.0006) for count, _ in found]


def test_a_number_of_the_first_page_is_that_of_the_documents_it_leads_to(tmp_path: Path) -> None:
    corpus = Corpus(tmp_path)
    flagged = [TEXT.format(n=number) for number in range(3)]
    long = "".join(f"{text}{TEXT.format(n=7)}" for text in flagged)
    corpus.write("0", *({"text": text} for text in [long, long, *flagged, "short", "shorter"]))
    steps = [
        {"name": "gopher_quality", "words": {"min": 30}},
        {"name": "c4", "sentences": {"min": 4, "action": "flag"}},
    ]
    publish = {"name": "publish", "title": "Rain", "unlicensed": True}
    explorer = Explorer(documents_of(corpus.run(steps, {"name": "dedup"}, publish)), "en", "labels.jsonl", "li")
    stages, reasons, _ = Page(get(explorer, "en/overview").content).tables.values()
    told = {row["reason"]: int(number_of(row["count"])) for row in reasons}
    told |= {row["stage"]: int(number_of(row["rejected"])) for row in stages if row["rejected"] != "0"}
    assert told.keys() >= {"documents", "dedup", "publish", "gopher_quality.words", "flagged:c4.sentences"}
    found = {fate: Page(get(explorer, f"en/documents?fate={fate}").content) for fate in told}
    assert {fate: sum(tag == "article" for tag, _ in page.elements) for fate, page in found.items()} == told
    for fate, page in found.items():
        assert [each["value"] for tag, each in page.elements if tag == "option" and "selected" in each][:1] == [fate]


def test_a_form_says_what_was_asked_for_even_where_nothing_has_it(explorer: Explorer) -> None:
    page = Page(get(explorer, "en/documents?fate=nothing.here&language=xxx_Latn").content)
    chosen = [each["value"] for tag, each in page.elements if tag == "option" and "selected" in each]
    assert chosen[:2] == ["nothing.here", "xxx_Latn"]
    assert "No document matches." in page.text


def test_a_release_has_the_pages_of_what_it_publishes(tmp_path: Path) -> None:
    place = documents_at(f"{made_run(tmp_path, 20)}/release")
    explorer = Explorer(place, "en", str(tmp_path / "labels.jsonl"), "li")
    found = dict(walked(explorer, "en/overview", most=4))
    assert {address.partition("?")[0].partition("/")[2] for address in found} == {"overview", "documents", "document"}
    languages = next(iter(found["en/overview"].tables.values()))
    assert {row["name"]: number_of(row["documents"]) for row in languages} == place.fates()[KEPT]
    assert "unlicensed" not in found["en/overview"].text
    for address in ("en/label", "en/what-if", "en/signals", "en/signal?name=x", "en/what-if.yaml", "en/cluster?name=x"):
        reply = get(explorer, address)
        assert reply.status == 404
        assert "Clusters side by side, signals, what-if and labels are pages of a run" in Page(reply.content).text
    assert explorer.post("en/label", {"undo": ["1"]}).status == 404


def test_a_run_that_is_gone_is_told(tmp_path: Path) -> None:
    corpus = Corpus(tmp_path)
    corpus.write("0", {"text": TEXT.format(n=1)})
    run = corpus.run(STEPS, {"name": "dedup"})
    explorer = Explorer(documents_of(run), "en", str(tmp_path / "labels.jsonl"), "li")
    shutil.rmtree(run.output)
    pages = ("documents", "document?at=0-0", "signal?name=gopher_quality.words", "label", "cluster?name=x")
    for page in (*pages, "what-if?move=gopher_quality.words.min%3D3"):
        reply = get(explorer, f"en/{page}")
        assert reply.status == 404, page
        assert "may have been moved, deleted or made anew" in Page(reply.content).text, page


def test_lists_go_through_all_documents_once(run: FinishedRun, view: View, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(browse, "LISTED", 7)
    every = [row for role in ("kept", "rejected") for row in rows(run, "documents", role)]
    dropped = {row["id"] for row in rows(run, "dedup", "verdicts") if row["rejected_by"]}
    fates = {row["id"]: row["rejected_by"] or ("dedup" if row["id"] in dropped else None) for row in every}
    for query, wanted in (
        ("", lambda row: True),
        ("fate=kept", lambda row: fates[row["id"]] is None),
        ("fate=dedup", lambda row: fates[row["id"]] == "dedup"),
        ("fate=gopher_quality.words", lambda row: fates[row["id"]] == "gopher_quality.words"),
        ("phrase=BOAT+01", lambda row: "boat 01" in row["text"]),
        ("host=h3.example", lambda row: "//h3.example" in row["url"]),
    ):
        fields, found = fields_of(query), list[browse.Listed]()
        place: tuple[int, int] | None = (0, 0)
        while place is not None:
            listed = browse.listing(view.documents, criteria_of(fields), asked(fields, "phrase"), place)
            found, place = [*found, *listed.documents], listed.next
        assert sorted(one.id for one in found) == sorted(row["id"] for row in every if wanted(row)), query


def test_a_search_ends_when_it_has_taken_long_and_goes_on_from_there(view: View) -> None:
    found = browse.listing(view.documents, Criteria(), "no such words", enough=lambda: True)
    assert (found.documents, found.next, found.searched) == ((), (1, 0), 1)


def test_the_counts_of_a_what_if_are_those_of_the_answer_and_its_bounds_are_yaml(
    run: FinishedRun, explorer: Explorer
) -> None:
    move = "gopher_quality.words.min=60"
    stage = documents_stage(settings_of(run))
    answer = what_if(run, stage, moves_of(stage, [move]))
    page = Page(get(explorer, f"en/what-if?{urllib.parse.urlencode({'move': move})}").content)
    changes = next(iter(page.tables.values()))
    assert {row["language"]: number_of(row["kept-rejected"]) for row in changes} == {
        "und": answer.sides["kept", "rejected"]["und"],
        "all": answer.sides["kept", "rejected"].total(),
    }
    exported = get(explorer, f"en/what-if.yaml?{urllib.parse.urlencode({'move': move})}")
    assert yaml.safe_load(exported.content)[0]["words"] == {"min": 60}
    tried = get(explorer, "en/what-if?name=gopher_quality.words&language=&min=60&max=").content
    assert f"{answer.kept.total():,} with these bounds" in tried
    assert "key=value is expected" in get(explorer, "en/what-if?move=nothing").content


def test_a_histogram_counts_every_value_and_names_documents_on_both_sides(run: FinishedRun, explorer: Explorer) -> None:
    page = Page(get(explorer, "en/signal?name=gopher_quality.words&min=55&max=").content)
    (form,) = (told for tag, told in page.elements if tag == "form" and "data-edges" in told)
    counts, edges = json.loads(form["data-counts"] or ""), json.loads(form["data-edges"] or "")
    assert sum(counts) == len(rows(run, "documents", "signals"))
    assert len(edges) == len(counts) + 1
    values = [number_of(row["value"]) for row in list(page.tables.values())[-1]]
    assert values == sorted(values)
    assert values[0] < 55 <= values[-1]


def test_a_range_lists_all_its_documents_a_page_at_a_time(
    run: FinishedRun, explorer: Explorer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(signal, "IN_RANGE", 5)
    values = sorted(row["gopher_quality.words"] for row in rows(run, "documents", "signals"))
    low, high = values[3], values[-4]
    found, address = list[float](), f"en/signal?name=gopher_quality.words&from={low}&to={high}"
    while address:
        page = Page(get(explorer, address).content)
        found += [number_of(row["value"]) for row in list(page.tables.values())[-1]]
        onward = [link for link in page.values("href") if "after=" in link]
        address = f"en/{onward[0]}" if onward else ""
    assert found == [value for value in values if low <= value <= high]


@pytest.mark.parametrize(
    "address",
    [
        "en/signal?name=gopher_quality.words&from=x",
        "en/signal?name=gopher_quality.words&from=1&after=-1",
        "en/document?at=9999-0",
        "en/document?at=0-99999",
        "en/document?at=x",
        "en/document?id=no",
        "en/cluster?name=no",
        "en/signal?name=no",
        "en/signal?name=gopher_quality.words&min=x",
        "en/signal?name=gopher_quality.words&min=nan",
        "en/signal?name=gopher_quality.words&min=5&max=2",
        "en/documents?quality=2..1",
        "en/documents?from=-1",
        "zh/what-if.yaml?move=no",
    ],
)
def test_what_is_not_there_is_told(explorer: Explorer, address: str) -> None:
    reply = get(explorer, address)
    assert reply.status == 404
    assert 'role="alert"' in reply.content


@pytest.mark.parametrize(
    "path", ["en", "en/", "fr/overview", "en/../explorer.py", "explorer.py", "words.tsv", "en/label/x"]
)
def test_no_other_path_leads_anywhere(explorer: Explorer, path: str) -> None:
    assert get(explorer, path).status == 404
    assert explorer.post(path, {}).status == 404


def test_labels_are_stored_as_the_terminal_stores_them_blind_to_the_verdict(explorer: Explorer, tmp_path: Path) -> None:
    page = Page(get(explorer, "en/label").content)
    assert "gopher_quality" not in page.text
    assert "example/" not in page.text
    (first,) = (str(told["value"]) for tag, told in page.elements if tag == "input" and told.get("name") == "id")
    assert post(explorer, id=first, decision="drop", quality="1", reason="spam").headers == {"Location": "label"}
    second = re.search(r'name="id" value="(\w+)"', get(explorer, "en/label").content)
    assert second is not None
    assert second[1] != first
    post(explorer, id=second[1], decision="unsure", quality="3", reason="spam")
    found = labels.read(tmp_path / "labels.jsonl")
    assert [(one.id, one.decision, one.quality, one.reason, one.by) for one in found] == [
        (first, "drop", 1, "spam", "li"),
        (second[1], "unsure", None, None, "li"),
    ]
    assert found[0].at <= datetime.now(UTC)
    post(explorer, undo="1")
    assert [one.id for one in labels.read(tmp_path / "labels.jsonl")] == [first]
    for wrong in ({"id": "no", "decision": "keep"}, {"id": second[1], "decision": "maybe"}, {"id": second[1]}):
        with pytest.raises(ValueError, match="none that was asked for"):
            post(explorer, **wrong)
    with pytest.raises(ValueError, match="quality"):
        post(explorer, id=second[1], decision="keep", quality="9")
