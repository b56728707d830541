"""People check licence decisions: the sample is fair and repeatable, and the answers become figures and host lists."""

import csv
import io
from pathlib import Path

import pytest
from typer.testing import CliRunner

from filters.licences.lists import host_list
from jobs.__main__ import app
from pipeline.answers import review
from pipeline.errors import QuestionError
from tests.runs import SampleWeb


def test_every_rule_and_class_is_in_the_sample_and_no_more_than_asked_for(whole_run: SampleWeb) -> None:
    run = whole_run.open("whole")
    everything, few = review.sample(run, 1000, ""), review.sample(run, 2, "")
    strata = {(row["rule"], row["verdict"]): row["stratum_size"] for row in everything}
    assert len(strata) > 8
    assert {(row["rule"], row["verdict"]): row["stratum_size"] for row in few} == strata
    assert sum(strata.values()) == len(everything)
    assert len(few) == sum(min(2, size) for size in strata.values())
    assert {row["id"] for row in few} < {row["id"] for row in everything}
    assert {row["id"] for row in review.sample(run, 2, "another")} != {row["id"] for row in few}
    truth = {row["url"]: row for row in whole_run.truth.values()}
    for row in everything:
        assert row["license"] == truth[row["url"]]["license"], row["url"]
        assert row["evidence"], row["url"]
    fates = {row["fate"] for row in everything}
    assert fates >= {"kept", "license.verdict", "dedup.near", "rights.confidence"}


def filled(content: bytes, answer: str, **cells: str) -> bytes:
    rows = list(csv.DictReader(io.StringIO(content.decode("utf-8-sig"))))
    text = io.StringIO()
    writer = csv.DictWriter(text, list(rows[0]))
    writer.writeheader()
    writer.writerows(row | {"correct": answer, **cells} for row in rows)
    return text.getvalue().encode("utf-8-sig")


def row(**cells: str) -> dict[str, str]:
    base = {
        "rule": "json_ld",
        "verdict": "permissive",
        "stratum_size": "40",
        "id": "a",
        "url": "https://www.a.example/1",
    }
    return base | {"correct": "yes", "reviewer": "Li Na", "reviewed_on": "2026-11-22"} | cells


def test_answers_become_the_precision_of_each_rule() -> None:
    rows = [row()] * 9 + [row(correct="no"), row(correct="unsure"), row(rule="badge", correct="no")]
    badge, json_ld = review.precisions(rows)
    assert (json_ld.size, json_ld.right, json_ld.wrong, json_ld.unsure, json_ld.value) == (40, 9, 1, 1, 0.9)
    assert json_ld.interval == pytest.approx((0.5958, 0.9821), abs=5e-5)
    assert (badge.rule, badge.value) == ("badge", 0.0)
    assert badge.interval == pytest.approx((0.0, 0.7935), abs=5e-5)


def test_answers_become_a_host_list_that_a_run_can_read(tmp_path: Path) -> None:
    rows = [
        row(),
        row(id="b", url="https://a.example/2"),
        row(id="c", url="https://b.example/1", correct="no", reviewer="Wang"),
        row(id="d", url="https://b.example/2"),
        row(id="e", url="https://c.example/", correct="unsure"),
        row(id="f", url="https://d.example/", verdict="prohibited"),
    ]
    path = tmp_path / "hosts.tsv"
    path.write_bytes(review.as_tsv(review.host_rows(rows)))
    listed = host_list((path,))
    assert len(listed) == 2
    allowed, denied = listed.of("a.example"), listed.of("b.example")
    assert allowed is not None
    assert denied is not None
    assert (allowed.decision, allowed.evidence) == ("allowed", "review of 2 pages, 0 wrong: a, b")
    assert (denied.decision, denied.evidence, denied.decided_by) == (
        "denied",
        "review of 2 pages, 1 wrong: c",
        "Li Na, Wang",
    )
    with pytest.raises(QuestionError, match="no reviewer"):
        review.host_rows([row(reviewer=" ")])


def test_what_a_page_wrote_is_no_formula_in_a_spreadsheet() -> None:
    content = review.as_csv([{"title": "=HYPERLINK(1)", "text": "-1", "url": "https://a.example/"}]).decode("utf-8-sig")
    (cells,) = csv.DictReader(io.StringIO(content))
    assert (cells["title"], cells["text"], cells["url"]) == ("'=HYPERLINK(1)", "'-1", "https://a.example/")


def test_the_command_draws_takes_back_and_writes_hosts(whole_run: SampleWeb, tmp_path: Path) -> None:
    drawn, answered, hosts = tmp_path / "sample.csv", tmp_path / "answers.csv", tmp_path / "hosts.tsv"
    output = str(whole_run.folder / "whole")
    shown = CliRunner().invoke(app, ["review-licenses", output, "--per-rule", "3", "--output", str(drawn)])
    assert shown.exit_code == 0, shown.output
    answered.write_bytes(filled(drawn.read_bytes(), "Yes", reviewer="Li Na", reviewed_on="2026-11-22"))
    shown = CliRunner().invoke(app, ["review-licenses", output, "--answers", str(answered), "--hosts", str(hosts)])
    assert shown.exit_code == 0, shown.output
    assert "100.0%" in shown.output
    assert len(host_list((hosts,))) > 5


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"id,url\n", "no column rule"),
        (filled(review.as_csv([{"rule": "x"}]), "maybe"), r"answers.csv:2: correct: 'maybe' is not yes, no or unsure"),
        (filled(review.as_csv([{"stratum_size": "4.5"}]), "yes"), "answers.csv:2: stratum_size: '4.5' is not a whole"),
        (review.as_csv([]) + b"a row,cut short", "answers.csv:2: stratum_size: '' is not a whole number"),
        (b"PK\x03\x04\xff\xfe a workbook", "answers.csv: 'utf-8' codec can't decode"),
    ],
)
def test_an_answer_that_is_none_is_told_with_its_line(tmp_path: Path, content: bytes, message: str) -> None:
    path = tmp_path / "answers.csv"
    path.write_bytes(content)
    with pytest.raises(QuestionError, match=message):
        review.answers(str(path))
    with pytest.raises(QuestionError, match=r"nothing\.csv"):
        review.answers(str(tmp_path / "nothing.csv"))
