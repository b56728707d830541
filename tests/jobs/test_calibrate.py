"""`yuliao calibrate`, from samples to a run that uses what it wrote, or refuses to."""

import json
import re
from pathlib import Path

import pytest
import yaml
from typer.testing import CliRunner, Result

from filters.gopher_quality import GopherQuality
from filters.language import Language
from jobs.__main__ import app
from pipeline.checks import load_checked
from pipeline.config import load, load_chain
from pipeline.errors import ConfigError
from pipeline.pages.report import LARGEST_PAGE
from pipeline.stages.chains import LanguageChain, model_digest
from tests.pipeline.pages.parsing import Page, number_of
from tests.runs import ROOT

FINNISH = "Sää oli eilen kylmä, ja lumi peitti koko kaupungin. Jäätie avattiin liikenteelle vasta illalla."
ENGLISH = "The weather was cold yesterday and the snow lay all over the town. The ice road was opened in the evening."


def calibrate(*arguments: str) -> Result:
    return CliRunner().invoke(app, ["calibrate", *arguments], catch_exceptions=False)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give the folder of a calibration of two languages that was run once."""
    folder = tmp_path_factory.mktemp("calibration")
    texts = {"fin_Latn": FINNISH, "eng_Latn": ENGLISH}
    reference = [
        {"id": f"host{n}/{tag}", "text": "\n".join([text] * (1 + n % 3) + [f"{n} {text}"]), "language": tag}
        for tag, text in texts.items()
        for n in range(40)
    ]
    web = [{"id": f"web{n}/{tag}", "text": "Menu\nHome\n" * n, "language": tag} for tag in texts for n in range(1, 30)]
    for name, rows in (("reference", reference), ("web", web)):
        (folder / f"{name}.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    fields = {"id": "id", "language": "language"}
    sample = {
        name: [{"sources": [{"kind": "jsonl", "name": name, "paths": [f"{folder}/{name}.jsonl"], "fields": fields}]}]
        for name in ("reference", "web")
    }
    settings = {
        "output": str(folder / "languages"),
        "chain": [{"name": "gopher_quality", "marks_are_words": False}, {"name": "gopher_repetition"}],
        **sample,
        "parallel": sample["reference"],
        "junk": {"menus": sample["web"]},
    }
    (folder / "calibration.yaml").write_text(yaml.safe_dump(settings))
    result = calibrate(str(folder / "calibration.yaml"), "--report", str(folder / "report"))
    assert "2 languages" in result.output, result.output
    return folder


def configuration(folder: Path, model: str) -> Path:
    path = folder / "run.yaml"
    path.write_text(
        f"""
name: run
output: {folder}/out
stages:
  - name: documents
    sources: [{{kind: jsonl, name: web, paths: [{folder}/web.jsonl]}}]
    steps: [{{name: language, model: {model}}}, {{name: gopher_quality}}]
    languages: !include languages/chains.yaml
"""
    )
    return path


def test_a_language_gets_a_chain_and_the_numbers_that_made_it(folder: Path) -> None:
    chain = load_chain(str(folder / "languages" / "fin_Latn.yaml"))
    assert isinstance(chain, LanguageChain)
    assert [filter.name for filter in chain.filters] == ["gopher_quality", "gopher_repetition"]
    assert isinstance(chain.filters[0], GopherQuality)
    assert chain.filters[0].marks_are_words is False
    assert chain.fitted is not None
    assert chain.fitted.language_model == model_digest(Language())
    text = (folder / "languages" / "fin_Latn.yaml").read_text()
    assert re.search(
        r"# max 0\.\d+, loosened \(was 0\.\d+\) \| quantile .* \[.*\] \| n \d+ of \d+ sources \+ \d+ \| keeps", text
    )


def test_the_repeated_lines_of_the_reference_are_let_through_and_those_of_menus_are_not(folder: Path) -> None:
    chain = load_chain(str(folder / "languages" / "fin_Latn.yaml"))
    assert chain is not None
    bound = chain.filters[1].bounds()["duplicate_lines"]
    assert not bound.broken([0.5])[0]
    assert bound.broken([0.9])[0]


def test_the_report_is_a_page_with_what_is_kept_and_every_signal(folder: Path) -> None:
    text = (folder / "report" / "report.html").read_text()
    page = Page(text)
    assert [row["kind"] for row in page.tables["totals"]] == ["reference", "web", "menus"]
    for row in page.tables["languages"]:
        assert 0 <= number_of(row["calibrated"]) <= 1
        assert row["language"] in ("fin_Latn", "eng_Latn")
    drawn = [label for label in page.values("aria-label") if label.startswith("gopher_")]
    assert any(label.startswith("gopher_quality.words · reference: ") for label in drawn)
    assert "gopher_quality.words, fin_Latn, web" in drawn
    assert not {"script", "img", "link"} & page.names()
    assert len(text) < LARGEST_PAGE
    assert (folder / "report" / "bounds.tsv").read_text().count("\nfin_Latn\t") == 23


def test_the_same_samples_give_the_same_files(folder: Path, tmp_path: Path) -> None:
    before = {path.name: path.read_bytes() for path in (folder / "languages").iterdir()}
    calibrate(str(folder / "calibration.yaml"))
    assert {path.name: path.read_bytes() for path in (folder / "languages").iterdir()} == before


def test_a_run_uses_the_bounds_of_a_document_s_language(folder: Path) -> None:
    (stage,) = load(str(configuration(folder, "null"))).flat_stages()
    (language, quality, _) = stage.filters_for("fin_Latn")  # type: ignore[attr-defined]
    assert language.name == "language"
    assert quality.marks_are_words is False


def test_another_language_model_than_the_one_fitted_with_is_refused(folder: Path) -> None:
    with pytest.raises(ConfigError, match=r"languages.*eng_Latn: its bounds were fitted to what the language model"):
        load_checked(str(configuration(folder, "lid.176")))


def test_a_signal_that_no_filter_has_is_an_error(folder: Path) -> None:
    settings = yaml.safe_load((folder / "calibration.yaml").read_text())
    settings["reference"][0]["speaks_of"] = ["gopher_quality.wrods"]
    (folder / "wrong.yaml").write_text(yaml.safe_dump(settings))
    with pytest.raises(ConfigError, match=r"gopher_quality\.wrods is not a signal of the chain"):
        calibrate(str(folder / "wrong.yaml"))


def test_the_shipped_bounds_are_fitted_to_the_shipped_language_model() -> None:
    chains = sorted((ROOT / "configs" / "languages").glob("???_????.yaml"))
    assert len(chains) > 100
    for path in chains:
        chain = load_chain(str(path))
        assert chain is not None
        assert chain.fitted is not None
        assert chain.fitted.language_model == model_digest(Language()), f"{path.name}: run `make calibrate`"
