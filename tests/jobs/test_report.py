"""`yuliao report`, as its readers meet it: what the page says is what `--json` says."""

import json
import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeAlias

import pytest
from typer.testing import CliRunner

from jobs.__main__ import app
from pipeline.errors import QuestionError
from pipeline.pages.html import shortened
from pipeline.words import mebibytes, number, share
from shards import files
from tests.pipeline.pages.crawls import CRAWL
from tests.pipeline.pages.parsing import Page, Table, number_of
from tests.reports import HOSTILE, hostile_page, made_run
from tests.runs import ROOT

Json: TypeAlias = Any
SHARES = ("share", "beyond_share", "share_before", "share_after")


def yuliao(*arguments: str) -> str:
    return CliRunner().invoke(app, ["report", *arguments], catch_exceptions=False).output


@dataclass(frozen=True)
class Runs:
    before: str
    after: str
    told: Json = field(repr=False)
    page: Page = field(repr=False)
    html: str = field(repr=False)


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> Runs:
    folder = tmp_path_factory.mktemp("reports")
    before, after = made_run(folder, 50, "before"), made_run(folder, 20, "after")
    html = folder / "report.html"
    told = json.loads(CliRunner().invoke(app, ["report", after, "--json", "--html", str(html)]).stdout)
    text = html.read_text(encoding="utf-8")
    return Runs(before, after, told, Page(text), text)


def same(table: Table, expected: list[Mapping[str, Json]]) -> None:
    """Check that a table has these rows, or the first of them where there are more than it shows."""
    rows = list(table)
    assert rows
    assert len(rows) == len(expected) or len(rows) in (50, 200)
    for shown, told in zip(rows, expected, strict=False):
        for key, cell in shown.items():
            value = told[key]
            if isinstance(value, str) or value is None:
                assert cell == shortened(value or ""), (key, told)
            elif key == "peak_bytes":
                assert cell == mebibytes(value), (key, told)
            elif key in SHARES:
                assert cell.strip() == share(value), (key, told)
            else:
                assert cell == number(value), (key, told)


def rows_of(told: Json, name: str) -> list[Mapping[str, Json]]:
    """Return the rows of a table of the page, put together from `--json` alone."""
    kind, _, rest = name.partition("-")
    stages = {stage["stage"]: stage | {"kept_rows": sum(stage["kept"].values())} for stage in told["stages"]}
    match kind:
        case "funnel":
            judging = [one for one in stages.values() if one["rows"] and (one["stage"] != "publish" or one["rejected"])]
            return [one | {"share": one["kept_rows"] / one["rows"]} for one in judging]
        case "reasons" if rest in stages:
            stage = stages[rest]
            counts = Counter({reason: sum(by.values()) for reason, by in stage["rejected"].items()})
            reasons = [("kept", stage["kept_rows"]), *sorted(counts.items(), key=lambda item: (-item[1], item[0]))]
            return [{"reason": r, "documents": n, "share": n / stage["rows"]} for r, n in reasons]
        case "signal":
            return [{**one, "drawn": ""} for one in told["signals"] if one["name"] == rest and one["language"]]
        case "word":
            (word,) = (one for one in told["words"] if one["name"] == rest)
            return [one | {"allowed": "yes" if one["allowed"] else "no"} for one in word["values"]]
        case "sources":
            return [one | {"most": most(Counter(one["rejected"]))} for one in told["sources"]]
        case "stages":
            return list(stages.values())
    if "bytes" in told[name][0] and "characters" in told[name][0]:
        whole = sum(one["documents"] for one in told[name])
        return [one | {"share": one["documents"] / whole} for one in told[name]]
    return list(told[name])


def most(counts: Counter[str]) -> str:
    return ", ".join(f"{reason} {number(count)}" for reason, count in counts.most_common(3))


def test_every_table_of_the_page_is_what_is_told_to_programs(runs: Runs) -> None:
    found = {name: table for name, table in runs.page.tables.items() if not name.startswith("table ")}
    own = {"fates", "reasons-by-language"}
    for name in found.keys() - own:
        same(found[name], rows_of(runs.told, name))
    lists = ("languages", "licenses", "license_classes", "suppliers", "hosts", "copies", "qualities", "domains")
    assert found.keys() >= {*own, *lists, "sources", "stages", "slowest", "personal_data", "funnel-stages"}


def test_what_became_of_each_language_adds_up(runs: Runs) -> None:
    judging = [stage for stage in runs.told["stages"] if stage["rows"]]
    rejected: dict[str, Counter[str]] = {}
    for stage in judging:
        for reason, languages in stage["rejected"].items():
            for language, count in languages.items():
                rejected.setdefault(language, Counter())[reason] += count
    for row in runs.page.tables["fates"]:
        kept = judging[-1]["kept"].get(row["language"], 0)
        whole = kept + rejected.get(row["language"], Counter()).total()
        assert (row["kept"], row["documents"], row["share"].strip()) == (
            number(kept),
            number(whole),
            share(kept / whole),
        )
    for row in runs.page.tables["reasons-by-language"]:
        shown = {language: int(number_of(cell)) for language, cell in row.items() if language != "reason"}
        assert shown == {language: rejected.get(language, Counter())[row["reason"]] for language in shown}


def test_histograms_have_the_bins_that_are_told_to_programs(runs: Runs) -> None:
    drawn = [table for name, table in runs.page.tables.items() if name.startswith("table ")]
    told = [one for one in runs.told["signals"] if one["language"] is None and one["least"] != one["greatest"]]
    assert len(drawn) == len(told) > 3
    for table, signal in zip(drawn, told, strict=True):
        assert [int(number_of(row["of0"])) for row in table] == signal["counts"]
        assert [row["from"] for row in table] == [number(edge) for edge in signal["edges"][:-1]]
        assert signal["beyond"] == round((signal["beyond_share"] or 0) * signal["measured"])
        assert sum(signal["outside"]) <= signal["beyond"]
    words = next(one for one in told if one["name"] == "gopher_quality.words")
    rejected = runs.told["stages"][0]["rejected"]["gopher_quality.words"]
    assert words["beyond"] == sum(rejected.values()) == sum(words["outside"])
    assert (words["min"], words["bound"]) == (20, "[20, inf]")


def test_what_the_run_is_stands_at_the_beginning(runs: Runs) -> None:
    for _, told in runs.page.elements:
        if "data-key" in told and str(told["data-key"]).startswith("about."):
            assert told["value"] == str(runs.told["about"][str(told["data-key"]).partition(".")[2]])
    about = runs.told["about"]
    last = json.loads(Path(runs.after, "run.json").read_text(encoding="utf-8"))["stages"][-1]["folder"]
    assert about["identity"] == last
    assert last in runs.page.text
    assert about["documents"] == about["sampled"] == 72
    assert about["published"] == sum(one["documents"] for one in runs.told["languages"]) > 20


def test_the_page_is_the_same_for_the_same_run_and_small(runs: Runs, tmp_path: Path) -> None:
    again = tmp_path / "again.html"
    assert "again.html: 0." in yuliao(runs.after, "--html", str(again))
    assert again.read_text(encoding="utf-8") == runs.html
    assert len(runs.html.encode()) < 500_000


def test_hostile_documents_are_text(runs: Runs) -> None:
    html = hostile_page(runs.after)
    page = Page(html)
    for found in (page, runs.page):
        assert not {"script", "iframe", "img", "math", "base", "form", "object"} & found.names()
        assert not {"onload", "onerror", "src", "style"} & {key for _, told in found.elements for key in told}
        assert all(link.startswith("#") for link in found.values("href"))
    shown = [text for text in HOSTILE if text.isascii() and len(text) < 1_000]
    assert len(shown) == 6
    assert not [text for text in shown if text not in page.text]
    assert not set("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069") & set(html + runs.html)
    assert "x" * 2_000 not in html


def test_a_page_with_texts_is_not_for_publication_and_one_without_is(runs: Runs, tmp_path: Path) -> None:
    assert "Not for publication" in runs.page.text
    assert len(runs.page.values("class")) > len([one for one in runs.page.values("class") if one != "rejected"])
    bare = tmp_path / "bare.html"
    yuliao(runs.after, "--html", str(bare), "--no-texts", "--locale", "zh")
    page = Page(bare.read_text(encoding="utf-8"))
    assert "article" not in page.names()
    assert "请勿公开" not in page.text
    assert "信号与阈值" in page.text
    assert "The river that runs" not in page.text
    shown = {name: table.rows for name, table in page.tables.items()}
    english = {name: table.rows for name, table in runs.page.tables.items()}
    assert {name: rows for name, rows in shown.items() if not name.startswith("word")} == {
        name: rows for name, rows in english.items() if not name.startswith("word")
    }, "the numbers are those of the other language"


def test_a_release_has_a_report_too(runs: Runs, tmp_path: Path) -> None:
    release = f"{runs.after}/release"
    told = json.loads(yuliao(release, "--json"))
    assert told["about"]["kind"] == "release"
    assert told["about"]["identity"] == files.sha256(f"{release}/manifest.json")
    for key in ("languages", "licenses", "hosts", "suppliers"):
        assert told[key] == runs.told[key]
    path = tmp_path / "release.html"
    yuliao(release, "--html", str(path))
    page = Page(path.read_text(encoding="utf-8"))
    assert "Not for publication" not in page.text, "what a release has may be read"
    for key in ("languages", "licenses", "hosts"):
        same(page.tables[key], rows_of(told, key))
    assert "published, by licence" in yuliao(release)


def test_the_terminal_names_licences_a_trial_and_what_gave_nothing(runs: Runs) -> None:
    text = yuliao(runs.after, "--hosts")
    for part in ("published, by licence\n", "CC-BY-4.0", "published, by host\n", "hostile.example", "by source\n"):
        assert part in text
    record = json.loads(Path(runs.after, "run.json").read_text(encoding="utf-8"))
    record["config"]["stages"][0]["limit"] = 5
    trial = Path(runs.after).with_name("trial")
    trial.symlink_to(runs.after)  # another name for the same folder; its record is put back
    whole = Path(runs.after, "run.json").read_bytes()
    try:
        files.write_bytes(str(trial / "run.json"), json.dumps(record).encode())
        assert yuliao(str(trial)).startswith("a trial: at most 5 documents of each source were read")
    finally:
        Path(runs.after, "run.json").write_bytes(whole)


def moved(told: Json) -> Iterator[tuple[str, str, int]]:
    for one in told["moves"]:
        yield one["before"], one["after"], one["documents"]


def test_two_runs_beside_each_other_tell_what_moved(runs: Runs, tmp_path: Path) -> None:
    path = tmp_path / "against.html"
    told = json.loads(yuliao(runs.after, "--against", runs.before, "--json", "--html", str(path)).partition("\n")[2])
    page = Page(path.read_text(encoding="utf-8"))
    before = json.loads(yuliao(runs.before, "--json"))
    more = runs.told["about"]["published"] - before["about"]["published"]
    assert more > 0
    assert {(b, a): n for b, a, n in moved(told)}["gopher_quality.words", "kept"] >= more
    kept = next(one for one in told["reasons"] if one["fate"] == "kept")
    assert kept["after"] - kept["before"] == more
    assert [row["documents"] for row in page.tables["moves"]] == [number(count) for *_, count in moved(told)]
    same(page.tables["reasons"], [one | {"change": one["after"] - one["before"]} for one in told["reasons"]])
    for row, one in zip(page.tables["languages"], told["languages"], strict=True):
        assert (row["language"], row["kept_before"], row["kept_after"]) == (
            one["language"],
            number(one["kept_before"]),
            number(one["kept_after"]),
        )
    (words,) = (one for one in told["signals"] if one["name"] == "gopher_quality.words")
    assert (words["bound_before"], words["bound_after"]) == ("≥ 50", "≥ 20")
    assert words["beyond_before"] > words["beyond_after"]
    assert "≥ 50 → ≥ 20" in page.text
    assert "bound was" in page.values("class")
    shown = yuliao(runs.after, "--against", runs.before)
    assert "documents that changed sides" in shown
    assert f"{more:+,}" in shown


@pytest.mark.parametrize("swap", [False, True], ids=["run against release", "release against run"])
def test_a_run_and_its_release_have_the_same_documents(runs: Runs, swap: bool) -> None:
    places = [runs.after, f"{runs.after}/release"]
    one, two = reversed(places) if swap else places
    told = json.loads(yuliao(one, "--against", two, "--json"))
    assert told["moves"] == told["signals"] == []
    assert "no document changed sides" in yuliao(runs.after, "--against", runs.after)


def test_the_commands_of_the_page_of_documentation_do_what_it_says(
    runs: Runs, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "quickstart").symlink_to(runs.before)
    (tmp_path / "out" / "tuned").symlink_to(runs.after)
    text = (ROOT / "docs/report.md").read_text(encoding="utf-8")
    commands = re.findall(r"^yuliao report (.+)$", text, re.MULTILINE)
    told = "".join(yuliao(*command.split()) for command in commands)
    assert len(commands) == 5
    assert "documents that changed sides" in told
    assert sorted(path.name for path in tmp_path.glob("*.html")) == [
        "changes.html",
        "public.html",
        "release.html",
        "report.html",
    ]


def test_a_crawl_has_a_report_too(tmp_path: Path) -> None:
    folder = tmp_path / "out" / "crawl" / "0000"
    folder.mkdir(parents=True)
    CRAWL.write(folder)
    place, html = str(tmp_path / "out"), str(tmp_path / "crawl.html")
    assert "pages: kept 900, denied 100\n" in yuliao(place)
    assert json.loads(yuliao(place, "--json"))["requests"] == 1_234
    yuliao(place, "--html", html)
    assert "1,234" in Page(Path(html).read_text(encoding="utf-8")).text


@pytest.mark.parametrize("place", [".", "/dev/null/report.html"])
def test_a_page_that_cannot_be_written_is_one_message(runs: Runs, place: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(runs.before)
    with pytest.raises(QuestionError, match=r"a folder|cannot be written"):
        yuliao(runs.after, "--html", place, "--no-texts")
    assert not list(Path(runs.before).glob("*.tmp"))


def test_what_another_run_does_not_have_is_told(runs: Runs) -> None:
    told = json.loads(yuliao(f"{runs.after}/release", "--against", f"{runs.before}/release", "--json"))
    assert [(b, a) for b, a, _ in moved(told)] == [("absent", "kept")]
