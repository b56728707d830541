"""`yuliao filters`, and the page made of it."""

from typer.testing import CliRunner

from jobs.__main__ import app
from pipeline.catalogue import FILTERS
from tests.runs import ROOT


def output(*arguments: str) -> str:
    return CliRunner().invoke(app, ["filters", *arguments], catch_exceptions=False).output


def test_every_filter_is_listed_with_its_signals_and_settings() -> None:
    text = output()
    for filter in FILTERS.every():
        for name in filter.model_fields:
            if name != "name":
                assert f"  {name} " in text, name


def test_one_filter_can_be_asked_for() -> None:
    text = output("fineweb")
    assert text.startswith("fineweb  Keep documents whose lines end, are long enough and differ")
    assert "https://arxiv.org/abs/2406.17557" in text
    assert "short_line                       30  a line of at most this many characters is short" in text
    assert "gopher" not in text


def test_the_page_in_the_documentation_is_what_the_command_prints() -> None:
    page = (ROOT / "docs" / "filters.md").read_text(encoding="utf-8")
    assert page == output("--markdown"), "make generate"
