"""A command imports what it uses: nobody waits for Ray, numba or a crawler to read a table."""

import errno
import gc
import importlib
import inspect
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import CliRunner

from jobs.__main__ import COMMANDS, app, main
from pipeline.errors import BusyError, ConfigError, PipelineError, QuestionError, ShardError, SourceError
from pipeline.stopping import Stopped
from shards.errors import DISK
from tests.runs import ROOT, UNREADABLE, SampleWeb

HEAVY = {"aiohttp", "numba", "pandas", "ray", "scipy", "scrapy", "trafilatura", "twisted"}
LOADED = "import sys; from jobs.__main__ import main\ntry: main()\nfinally: print(*sys.modules, file=sys.stderr)"


def imported(*arguments: str) -> set[str]:
    """Return the top-level modules that a command has imported when it ends."""
    ended = subprocess.run([sys.executable, "-c", LOADED, *arguments], cwd=ROOT, capture_output=True, text=True)
    assert ended.returncode in (0, UNREADABLE), ended.stderr
    return {name.partition(".")[0] for name in ended.stderr.splitlines()[-1].split()}


@pytest.mark.processes
def test_the_help_imports_no_command() -> None:
    assert not (HEAVY | {"numpy", "pyarrow", "filters"}) & imported("--help")
    assert "numpy" in imported("schema"), "what is imported is seen"


@pytest.mark.processes
def test_commands_that_read_and_print_import_nothing_heavy(whole_run: SampleWeb) -> None:
    run = str(whole_run.folder / "whole")
    record = next(iter(whole_run.truth))
    assert not (HEAVY | {"fsspec", "ftfy", "rich"}) & imported("schema")
    assert not HEAVY & imported("report", run)
    assert not HEAVY & imported("status", run)
    assert not HEAVY - {"pandas"} & imported("inspect", run, record)  # pyarrow imports it to look at any list
    assert not HEAVY - {"pandas"} & imported("sample", run, "--kept", "-n", "1")
    assert not {"aiohttp", "fsspec", "ftfy", "ray", "scrapy", "twisted"} & imported("try", "hidden_text", "README.md")


@pytest.mark.processes
def test_a_run_with_nothing_to_do_starts_no_ray_and_loads_no_loop(whole_run: SampleWeb) -> None:
    config = str(whole_run.config("whole"))
    assert not HEAVY & imported("run", config)


@pytest.mark.parametrize("name", COMMANDS)
def test_the_help_line_of_a_command_is_what_its_function_says(name: str) -> None:
    command = importlib.import_module(f"jobs.{COMMANDS[name]}").command
    (registered,) = (each for each in app.registered_commands if each.name == name)
    assert registered.help
    assert registered.help == inspect.getdoc(command)
    shown = CliRunner().invoke(app, [name, "--help"], catch_exceptions=False).output
    assert " ".join(registered.help.replace("`", "").split()[:5]) in " ".join(shown.split())


def test_a_mistyped_command_is_told_which_was_meant() -> None:
    assert "Did you mean 'report'" in CliRunner().invoke(app, ["reprt"]).output


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (PipelineError("tasks failed"), 1),
        (SourceError("a store did not answer"), 1),
        (BusyError("another run is writing"), 1),
        (Stopped(), 1),
        (ConfigError("no such key"), 2),
        (QuestionError("no run here"), 2),
        (ShardError("row 3 has no text"), 2),
    ],
    ids=lambda value: type(value).__name__,
)
def test_the_exit_code_says_whether_to_try_again(
    error: BaseException, code: int, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        run_failing(error, monkeypatch)
    assert ended.value.code == code
    assert str(error) in capsys.readouterr().err


@pytest.mark.parametrize("kind", [FileNotFoundError, IsADirectoryError, NotADirectoryError, PermissionError])
def test_a_file_of_the_command_line_that_cannot_be_opened_is_told_and_any_other_is_a_bug(
    kind: type[OSError], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("sys.argv", ["yuliao", "prove", "-o", "/no/such/file"])
    with pytest.raises(SystemExit) as ended:
        run_failing(kind(1, "it is not so", "/no/such/file"), monkeypatch)
    assert ended.value.code == 2
    assert capsys.readouterr().err == "/no/such/file: it is not so\n"
    with pytest.raises(kind):
        run_failing(kind(1, "it is not so", "/ours"), monkeypatch)


def test_a_file_that_a_run_has_lost_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    path = str(tmp_path / "signals" / "0.arrow")
    monkeypatch.setattr("sys.argv", ["yuliao", "report", str(tmp_path)])
    with pytest.raises(SystemExit) as ended:
        run_failing(FileNotFoundError(2, f"Failed to open local file '{path}'. Detail: No such file"), monkeypatch)
    assert ended.value.code == 2
    assert capsys.readouterr().err == f"{path}: no such file, though its run or release has it: moved, or deleted\n"


@pytest.mark.parametrize("number", sorted(DISK), ids=errno.errorcode.get)
def test_a_disk_that_cannot_be_written_is_no_bug_and_another_try_may_help(
    number: int, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        run_failing(OSError(number, "in Arrow's words", "out/run.json"), monkeypatch)
    assert ended.value.code == 1
    told = f"out/run.json: {os.strerror(number)}; run the same command again when the disk can be written\n"
    assert capsys.readouterr().err == told


def test_a_signal_of_which_native_code_makes_an_error_is_no_bug(monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted() -> None:
        try:
            signal.raise_signal(signal.SIGINT)
        except Stopped as error:
            raise ValueError("while a model was built") from error

    with pytest.raises(SystemExit) as ended:
        run_as_command(interrupted, monkeypatch)
    assert ended.value.code == 1


def run_failing(error: BaseException, monkeypatch: pytest.MonkeyPatch) -> None:
    def fails() -> None:
        raise error

    run_as_command(fails, monkeypatch)


def run_as_command(app: Callable[[], None], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("jobs.__main__.app", app)
    before = {number: signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGINT)}
    hook = sys.excepthook
    try:
        main()
    finally:
        gc.enable()
        sys.excepthook = hook
        for number, handler in before.items():
            signal.signal(number, handler)
