"""What `yuliao compile` compiles is what runs use: after it, nobody waits for a compiler."""

import subprocess
import sys

import pytest
from typer.testing import CliRunner

from jobs import compile
from jobs.__main__ import app
from pipeline.catalogue import FILTERS
from tests.runs import ROOT, SampleWeb

LEFT = """
import gc, sys
from jobs import compile
from pipeline.config import load
from pipeline.run import Local, run
from shards.compiled import Loop
from tests.runs import Silent

def loaded():
    loops = [each for each in gc.get_objects() if type(each) is Loop and "_for_python" in vars(each)]
    return {(loop.__module__, loop.__qualname__, str(types)) for loop in loops for types in loop._for_python.overloads}

config = load(sys.argv[1])
for function, given in compile._needed(config):
    function(given)
before = loaded()
assert before
assert not run(config, Local(), Silent()).failures
print(sorted(loaded() - before))
"""


@pytest.mark.slow
def test_a_run_needs_no_loop_that_was_not_compiled_for_its_configuration(sample_web: SampleWeb) -> None:
    command = [sys.executable, "-c", LEFT, str(sample_web.config("compiled"))]
    assert subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True).stdout == "[]\n"


def test_all_filters_are_among_those_that_are_compiled() -> None:
    judged = [given for function, given in compile._all() if function is compile._judging]
    assert {filter.name for filters in judged for filter in filters} | compile.OF_FILES == set(FILTERS.names())


@pytest.mark.processes
def test_the_command_compiles_side_by_side_and_says_when_it_is_done(sample_web: SampleWeb) -> None:
    ended = CliRunner().invoke(app, ["compile", str(sample_web.config("compiled"))], catch_exceptions=False)
    assert ended.exit_code == 0
    assert "compiled in" in ended.output
