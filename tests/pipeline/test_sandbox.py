"""A page that hangs, eats memory or kills the interpreter costs one child process and nothing else."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from pipeline.extract.extract import Extract, _child
from pipeline.extract.limits import Limits
from pipeline.sandbox import Died, Sandbox, framed, unframed
from tests.pipeline.extract.test_extract import ARTICLE, pages

pytestmark = pytest.mark.processes


ECHO = "tests.pipeline.troublemaker:echo"


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    box = Sandbox(ECHO, cpu_seconds=1, memory_bytes=2 << 30, wall_seconds=20)
    yield box
    box.close()


def test_a_question_is_answered_by_a_child_that_lives_on(sandbox: Sandbox) -> None:
    assert [sandbox.ask(question) for question in (b"abc", b"", b"x" * 1_000_000)] == [b"cba", b"", b"x" * 1_000_000]
    assert sandbox.ask(b"print") == b"tnirp"


def test_what_kills_the_child_is_named_and_the_next_question_is_answered(sandbox: Sandbox) -> None:
    for question, reason in (
        (b"segfault", "crashed"),
        (b"hang", "cpu_time"),
        (b"exit", "crashed"),
        (b"memory", "memory"),
    ):
        with pytest.raises(Died, match=reason):
            sandbox.ask(question)
        assert sandbox.ask(b"abc") == b"cba"


def test_a_child_that_waits_for_ever_is_given_up() -> None:
    box = Sandbox(ECHO, cpu_seconds=5, memory_bytes=2 << 30, wall_seconds=2)
    with pytest.raises(Died, match="hung"):
        box.ask(b"wait")
    box.close()


def test_what_a_new_child_does_first_counts_against_no_page() -> None:
    box = Sandbox(ECHO, cpu_seconds=1, memory_bytes=2 << 30, first=b"compile")
    assert box.ask(b"abc") == b"cba"
    with pytest.raises(Died, match="cpu_time"):
        box.ask(b"hang")
    assert box.ask(b"abc") == b"cba"  # the child that takes its place starts in the same way
    box.close()


def test_after_the_first_page_no_loop_is_compiled_or_loaded() -> None:
    program = f"""
import gc
from numba.core.dispatcher import Dispatcher
from pipeline.extract.extract import Extract

def loaded():
    return sum(len(each.signatures) for each in gc.get_objects() if isinstance(each, Dispatcher))

Extract().warm()
before = loaded()
assert Extract(sandbox="none").page({ARTICLE.encode()!r} * 200, "text/html").text
assert before == loaded() > 0
"""
    subprocess.run([sys.executable, "-c", program], check=True, cwd=Path(__file__).parents[3])


def test_messages_survive_the_way() -> None:
    assert unframed(framed({"a": "é", "b": None}, b"\x00\xff")) == ({"a": "é", "b": None}, b"\x00\xff")


def test_pages_are_extracted_in_the_sandbox_as_outside_of_it() -> None:
    batch = pages(ARTICLE.encode(), b"", "<p>日本語のページ</p>".encode("cp932") * 20, content_type="text/html")
    inside, outside = Extract(sandbox="all"), Extract(sandbox="none")
    assert inside.run(batch) == outside.run(batch)
    _child.cache_clear()


def test_a_large_page_goes_to_the_sandbox(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = []

    def dies(_: Sandbox, question: bytes) -> bytes:
        asked.append(len(question))
        raise Died("cpu_time")

    monkeypatch.setattr(Sandbox, "ask", dies)
    large = ARTICLE.replace("<body>", f"<body><!-- {'x' * 1_000_000} -->").encode()
    result = Extract().run(pages(large, ARTICLE.encode(), content_type="text/html")).documents
    assert result.column("rejected_by").to_pylist() == ["extract.cpu_time", None]
    assert len(asked) == 1


def test_a_page_that_hangs_a_real_parser_is_killed_and_named_and_its_neighbours_go_on() -> None:
    deep = f"<p>{'<div>' * 60_000}deep</p>".encode()  # a minute of lexbor, were it let through
    extract = Extract(
        engine="resiliparse", sandbox="all", cpu_seconds=5, limits=Limits(max_depth=10**9, max_tags=10**9)
    )
    found = extract.run(pages(ARTICLE.encode(), deep, ARTICLE.encode(), content_type="text/html")).documents
    assert found.column("rejected_by").to_pylist() == [None, "extract.cpu_time", None]
    assert found.column("text")[0] == found.column("text")[2]
    _child.cache_clear()


def test_a_page_that_exhausts_the_memory_is_killed_and_named_and_its_neighbours_go_on() -> None:
    wide = f"<p>{'<b>x</b> ' * 2_000_000}</p>".encode()
    extract = Extract(
        engine="resiliparse", sandbox="all", memory_bytes=3 << 29, limits=Limits(max_bytes=10**9, max_tags=10**9)
    )
    found = extract.run(pages(ARTICLE.encode(), wide, ARTICLE.encode(), content_type="text/html")).documents
    assert found.column("rejected_by").to_pylist() == [None, "extract.crashed", None]
    _child.cache_clear()
