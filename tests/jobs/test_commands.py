"""The command line, as its users meet it."""

import json
import re
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from jobs.__main__ import app
from pipeline.answers.breakdown import breakdown
from pipeline.errors import ConfigError, QuestionError
from tests.runs import ROOT, SampleWeb


def command(*arguments: str) -> Result:
    return CliRunner().invoke(app, list(arguments), catch_exceptions=False)


def output(web: SampleWeb) -> str:
    return str(web.folder / "whole")


def test_help_names_every_command() -> None:
    text = command("--help").output
    for name in ("run", "plan", "report", "inspect", "validate", "export", "similar", "try", "schema"):
        assert f" {name} " in text


def test_report_shows_every_reason(whole_run: SampleWeb) -> None:
    text = command("report", output(whole_run)).output
    for part in (
        "documents: ",
        "kept",
        "license.verdict",
        "gopher_quality.words",
        "warc.truncated",
        "dedup.",
        "zho_Hans",
    ):
        assert part in text


def test_report_adds_up_for_programs(whole_run: SampleWeb) -> None:
    told = json.loads(command("report", "--json", "--hosts", output(whole_run)).output)
    stages = told["stages"]
    published = next(stage for stage in stages if stage["stage"] == "publish")
    assert stages[0]["stage"] == "documents"
    for stage in stages:
        rejected = sum(sum(languages.values()) for languages in stage["rejected"].values())
        assert stage["rows"] == sum(stage["kept"].values()) + rejected
    (source,) = told["sources"]
    assert source["rows"] == stages[0]["rows"] == source["kept"] + sum(source["rejected"].values())
    for table in ("languages", "license_classes", "hosts"):
        assert sum(one["documents"] for one in told[table]) == published["rows"]
        assert all(one["bytes"] >= one["characters"] > 0 for one in told[table])


def truth(web: SampleWeb, name: str) -> dict[str, str]:
    return next(row for row in web.truth.values() if row["id"] == name)


def test_similar_finds_a_page_in_a_release_by_file_address_or_text(whole_run: SampleWeb, tmp_path: Path) -> None:
    pages = [row for row in whole_run.truth.values() if row["group"] == "kexue-nowcast"]
    page = truth(whole_run, "tokyo-dashi")
    stored = tmp_path / "page.txt"
    stored.write_text(page["text"], encoding="utf-8")
    release = whole_run.release("whole")
    for place in (output(whole_run), f"{output(whole_run)}/release", str(release), str(release.parent)):
        text = command("similar", str(stored), "--release", place).output
        assert page["url"] in text
        assert page["license"] in text
    kept = sum("published" in command("similar", p["url"], "--release", output(whole_run)).output for p in pages)
    assert kept == 1, "of copies one is published, and the others are told to be dropped"
    found = CliRunner().invoke(app, ["similar", "-", "--release", output(whole_run)], input=page["text"])
    assert page["url"] in found.output
    nothing = CliRunner().invoke(app, ["similar", "-", "--release", output(whole_run)], input="zzz " * 30)
    assert "nothing in this release" in nothing.output
    with pytest.raises(
        QuestionError, match=r"neither a file, nor the id or the URL of a document in the index of .*whole$"
    ):
        command("similar", "https://nowhere.invalid/", "--release", output(whole_run))
    with pytest.raises(QuestionError, match=f"; did you mean {page['url']}"):
        command("similar", page["url"] + "x", "--release", output(whole_run))
    with pytest.raises(QuestionError, match="no index here"):
        command("similar", "-", "--release", str(tmp_path))
    (tmp_path / "index.json").write_text("{}")
    with pytest.raises(QuestionError, match="not an index of this version"):
        command("similar", "-", "--release", str(tmp_path))


def test_plan_of_a_finished_run_has_nothing_to_do(whole_run: SampleWeb) -> None:
    text = command("plan", str(whole_run.config("whole"))).output
    assert text.count(" 0 of ") == len(whole_run.open("whole").stages)


def test_plan_tells_what_would_be_done_again_and_why(whole_run: SampleWeb) -> None:
    config = whole_run.config("whole")
    changed = config.with_name("changed.yaml")
    changed.write_text(config.read_text().replace("min: 0.6", "min: 0.7"))
    before = {path: path.stat().st_mtime_ns for path in (whole_run.folder / "whole").rglob("*")}
    text = command("plan", str(changed)).output
    assert "settings.steps.8.share.min: 0.6 → 0.7" in text
    assert text.count("waits for the stages above") == len(whole_run.open("whole").stages) - 1
    after = {path: path.stat().st_mtime_ns for path in (whole_run.folder / "whole").rglob("*")}
    assert after == before, "a plan executes nothing"


def test_a_plan_for_programs_says_the_same(whole_run: SampleWeb) -> None:
    told = json.loads(command("plan", "--json", str(whole_run.config("whole"))).output)
    assert told["configuration"]["name"] == "quickstart"
    assert [stage["stage"] for stage in told["stages"]] == [stage.name for stage in whole_run.open("whole").stages]
    assert all(stage["remaining"] == 0 and stage["tasks"] for stage in told["stages"])


def test_the_version_is_told() -> None:
    assert command("--version").output.startswith("yuliao 0.")


def test_validate_accepts_a_release_and_names_what_is_wrong_with_another(whole_run: SampleWeb, tmp_path: Path) -> None:
    release = whole_run.release("whole")
    for place in (release, release.parent, output(whole_run), f"{output(whole_run)}/release"):
        assert command("validate", "--no-load", str(place)).exit_code == 0
    (tmp_path / "manifest.json").write_bytes((release / "manifest.json").read_bytes())
    broken = command("validate", str(tmp_path))
    assert broken.exit_code == 1
    assert "is missing" in broken.output
    with pytest.raises(QuestionError, match="no release here"):
        command("validate", str(tmp_path / "none"))


def test_export_writes_what_validate_accepts_and_load_dataset_reads(whole_run: SampleWeb, tmp_path: Path) -> None:
    out = str(tmp_path / "export")
    text = command("export", output(whole_run), out, "--language", "zho_Hans", "--class", "open").output
    assert text.startswith("1 document in 1 file:")
    assert command("validate", out).exit_code == 0
    with pytest.raises(QuestionError, match="holds another export"):
        command("export", output(whole_run), out, "--format", "jsonl")
    with pytest.raises(QuestionError, match="no language zho in this release"):
        command("export", output(whole_run), str(tmp_path / "other"), "--language", "zho")
    with pytest.raises(QuestionError, match="no release here"):
        command("export", out, str(tmp_path / "other"))
    next(Path(out).glob("data/*/*.parquet")).unlink()
    assert command("validate", out).exit_code == 1


def test_try_shows_signals_bounds_and_verdict(tmp_path: Path) -> None:
    short = tmp_path / "short.txt"
    short.write_text("Too short to learn from.")
    text = command("try", "gopher_quality", str(short)).output
    assert "rejected by gopher_quality.words" in text
    assert "[50, 100000]" in text
    page = tmp_path / "page.html"
    page.write_text('<link rel="license" href="https://creativecommons.org/licenses/by/4.0/"><p>' + "天气很好。" * 40)
    text = command("try", "license", str(page)).output
    assert "permissive" in text
    with pytest.raises(QuestionError, match="neither a filter"):
        command("try", "gopher", str(short))


def test_a_wrong_configuration_is_one_message_and_exit_code_2(tmp_path: Path) -> None:
    config = tmp_path / "bad.yaml"
    config.write_text("name: bad\noutput: out\nstages:\n  - name: document\n")
    ended = subprocess.run([sys.executable, "-m", "jobs", "run", str(config)], cwd=ROOT, capture_output=True, text=True)
    assert ended.returncode == 2
    assert "bad.yaml:4" in ended.stderr
    assert "did you mean documents?" in ended.stderr
    assert "Traceback" not in ended.stderr


def test_a_question_without_an_answer_is_one_message_and_exit_code_2(tmp_path: Path) -> None:
    """Whatever stands in it: brackets are no markup."""
    place = str(tmp_path / "[/bold] [101, 204000]")
    ended = subprocess.run([sys.executable, "-m", "jobs", "report", place], cwd=ROOT, capture_output=True, text=True)
    assert ended.returncode == 2
    assert ended.stderr == f"QuestionError {place}: no such folder\n"


ASKED = [  # what is asked, with RUN for the folder of a run, and what the message says
    (("what-if", "RUN", "x=30"), "x names no signal of a filter, as gopher_quality.words.min=40 does"),
    (("what-if", "RUN", "=30"), "key=value is expected"),
    (("what-if", "RUN", "words=30"), "did you mean gopher_quality.words"),
    (("what-if", "RUN", "gopher_quality=30"), "which signal of gopher_quality? It has words, "),
    (("what-if", "RUN", "gopher_quality.words"), "key=value is expected"),
    (("takedown", "plan", "RUN", "--basis", "court"), "nothing is asked for"),
    (
        ("takedown", "plan", "RUN", "--basis", "court", "--url", "https://mekong.example/nowher"),
        "no address https://mekong",
    ),
    (("takedown", "plan", "RUN", "--basis", "court", "--document", "nobody"), "no document nobody"),
    (("takedown", "plan", "RUN", "--basis", "court", "--supplier", "sampleweb"), "did you mean sample_web?"),
    (("takedown", "apply", "README.md"), "not a plan written by `takedown plan`: Invalid JSON"),
    (("takedown", "receipt", "README.md"), "not a receipt written by `takedown apply`: "),
    (("sample", "RUN", "--license", "MIT"), "; there are CC-BY-3.0, CC-BY-4.0"),
    (("sample", "RUN", "--license", "CC-BY-4"), "did you mean CC-BY-4.0"),
    (("sample", "RUN", "--domain", "weather"), "; there are general"),
    (("sample", "RUN", "--host", "nowhere.test"), "; there are "),
    (("sample", "RUN", "--source", "x"), "; there are sample_web"),
    (("sample", "RUN", "--quality", "2..3"), "has a quality from 2 to 3; "),
    (("sample", "README.md"), "README.md: a file; asked for is the output folder of a run, or a release"),
    (("report", "docs"), "docs: neither a run (it has a run.json once its first stage has ended) nor a release"),
    (("inspect", "README.md", "x"), "README.md: no run here (a file)"),
]


@pytest.mark.parametrize(("asked", "told"), ASKED, ids=[" ".join(asked) for asked, _ in ASKED])
def test_a_question_without_an_answer_says_what_there_is(
    whole_run: SampleWeb, monkeypatch: pytest.MonkeyPatch, asked: tuple[str, ...], told: str
) -> None:
    monkeypatch.chdir(ROOT)
    with pytest.raises(QuestionError) as raised:
        command(*(output(whole_run) if part == "RUN" else part for part in asked))
    assert told in str(raised.value)
    assert "pydantic" not in str(raised.value)


@pytest.mark.parametrize(
    "arguments", [("report", "RUN", "--html", ""), ("report", "RUN", "--html="), ("report", "")], ids=str
)
def test_an_argument_without_a_character_is_refused(arguments: tuple[str, ...]) -> None:
    ended = command(*arguments)
    assert ended.exit_code == 2
    assert "is empty is a variable of the shell unset" in re.sub(r"\W+", " ", ended.output)


@pytest.mark.parametrize("task_bytes", [1, 8 << 20], ids=["alone", "in one task"])
def test_a_file_that_is_not_what_it_should_be_is_named_and_the_rest_goes_on(tmp_path: Path, task_bytes: int) -> None:
    (tmp_path / "a.parquet").write_bytes(b"not parquet")
    import pyarrow as pa
    import pyarrow.parquet as pq

    pq.write_table(pa.table({"body": ["Rain is expected over the whole of the coast. " * 20]}), tmp_path / "b.parquet")
    config = tmp_path / "config.yaml"
    config.write_text(
        f"""
name: broken-file
output: {tmp_path}/out
stages:
  - name: documents
    sources: [{{kind: parquet, name: notes, paths: [{tmp_path}/*.parquet], fields: {{text: body}}, license: CC0-1.0}}]
    steps: [{{name: language}}]
    task_bytes: {task_bytes}
  - name: publish
    title: Notes
    unlicensed: true
"""
    )
    ended = CliRunner().invoke(app, ["run", str(config), "--local"])
    assert ended.exit_code == 3, ended.output
    assert "a.parquet" in ended.output
    assert "1 document in 1 language" in ended.output
    again = CliRunner().invoke(app, ["run", str(config), "--local"])
    assert again.exit_code == 3


def test_a_run_says_at_once_what_it_does(whole_run: SampleWeb, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level("INFO"):
        command("run", "--local", str(whole_run.config("whole")))
    assert caplog.messages[0] == "run: loading"
    assert caplog.messages[1].startswith("quickstart: looking at the settings, at the inputs")


def test_report_tells_of_each_source_and_of_those_that_gave_nothing(whole_run: SampleWeb) -> None:
    run = whole_run.open("whole")
    config: Any = dict(run.config)
    documents, *others = config["stages"]
    sources = [*documents["sources"], documents["sources"][0] | {"name": "silent"}]
    config["stages"] = [documents | {"sources": sources}, *others]
    found = breakdown(replace(run, config=config), hosts=False)
    assert [(one.source, one.rows > 0) for one in found.sources] == [("sample_web", True), ("silent", False)]
    assert found.hosts == ()


def test_titles_of_tables_stand_on_one_line(whole_run: SampleWeb) -> None:
    lines = command("report", output(whole_run)).output.splitlines()
    assert any(re.fullmatch(r"dedup: [\d,]+ documents in [\d,]+ tasks", line) for line in lines)


def test_a_second_run_into_the_same_folder_is_refused(whole_run: SampleWeb) -> None:
    import fcntl

    with (whole_run.folder / "whole" / ".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        with pytest.raises(ConfigError, match="another run is writing"):
            command("run", "--local", str(whole_run.config("whole")))


def test_keys_are_readable_by_their_owner_only_and_never_overwritten(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    make = ["keygen", "alliance.key", "--name", "example.org/alliance"]
    assert CliRunner().invoke(app, make).exit_code == 0
    assert (tmp_path / "alliance.key").stat().st_mode & 0o77 == 0
    assert "is there already" in str(CliRunner().invoke(app, make).exception)


@pytest.mark.parametrize(
    "arguments",
    [
        ("status",),
        ("report",),
        ("sample",),
        ("label",),
        ("explore",),
        ("clean",),
        ("review-licenses",),
        ("validate",),
        ("inspect", "x"),
        ("what-if", "gopher_quality.words.min=40"),
        ("takedown plan", "--url", "https://a.example/", "--basis", "copyright"),
        ("report", "--against", "README.md"),
    ],
    ids=" ".join,
)
@pytest.mark.parametrize("place", ["README.md", "nowhere", "configs"])
def test_what_is_no_run_is_named(arguments: tuple[str, ...], place: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    with pytest.raises(QuestionError, match=rf"(README\.md|{place}): "):
        command(*arguments[0].split(), place, *arguments[1:])


@pytest.mark.parametrize("arguments", [("report", "--no-texts"), ("report", "--locale", "zh"), ("label", "--json")])
def test_options_that_would_do_nothing_are_refused(arguments: tuple[str, ...], whole_run: SampleWeb) -> None:
    with pytest.raises(QuestionError, match="--"):
        command(arguments[0], output(whole_run), *arguments[1:])
