"""Subjects of documents: what the text says, what the source says, and which of them has the last word."""

import re
import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st
from typer.testing import CliRunner

from filters.base import OneOf, Range
from filters.chain import judge
from filters.documents import Documents
from filters.domain import SUBJECTS, Domain
from filters.models import heads
from jobs.__main__ import app
from pipeline.config import load_as
from pipeline.training.head_settings import Training
from shards.schema import DOMAINS
from tests.runs import ROOT

Batch = Callable[..., pa.RecordBatch]

DOCTOR = (
    "Patients with type 2 diabetes were treated with insulin in a randomized clinical trial. Infection, inflammation "
    "and mortality were lower in the treatment group, and blood samples showed fewer antibodies against the virus. "
)
FLOW = (
    "The incompressible Navier-Stokes equations are discretised with the finite volume method; the turbulent boundary "
    "layer on the airfoil is resolved, and pressure and velocity are coupled. The Reynolds number is 10000. "
)
SHOP = "Buy now! Free shipping on all orders. Add to cart. Best price guaranteed, 50% off. Click here to order today! "
MEDICINE = "糖尿病患者接受胰岛素治疗，临床试验中感染和炎症减少，死亡率下降。血液中的病毒抗体明显减少，诊断依据症状。"


def judged(batch: pa.RecordBatch, domain: Domain | None = None) -> list[tuple[str | None, list[str], str | None]]:
    kept = judge([domain or Domain()], batch).documents
    return list(zip(*(kept[name].to_pylist() for name in ("domain", "domains", "rejected_by")), strict=True))


@pytest.mark.parametrize(
    ("text", "language", "domain"),
    [
        (DOCTOR * 3, "eng_Latn", "life_health"),
        (FLOW * 3, "eng_Latn", "fluid_mechanics"),
        (SHOP * 3, "eng_Latn", "general"),
        (MEDICINE * 4, "zho_Hans", "life_health"),
    ],
)
def test_a_text_is_of_the_subject_that_it_speaks_of(batch: Batch, text: str, language: str, domain: str) -> None:
    ((likeliest, domains, rejected),) = judged(batch(text, language=language, domain="general"))
    assert (likeliest, domains[0], rejected) == (domain, domain, None)


@pytest.mark.parametrize("declared", [None, *DOMAINS])
@pytest.mark.parametrize("text", ["", " \n", "!!! …", "🙂"])
def test_a_text_without_words_is_of_what_the_source_says(batch: Batch, text: str, declared: str | None) -> None:
    wanted = declared or "general"
    assert judged(batch(text, language=None, domain=declared)) == [(wanted, [wanted], None)]


def test_the_word_of_the_source_stands_unless_the_text_is_surely_of_something_else(batch: Batch) -> None:
    texts = batch(SHOP * 3, DOCTOR * 3, DOCTOR * 3, language="eng_Latn", domain="materials")
    assert [row[0] for row in judged(texts)] == ["materials", "life_health", "life_health"]
    ((_, domains, _), *_) = judged(texts.slice(1))
    assert domains == ["life_health", "materials"]
    assert [row[0] for row in judged(texts, Domain(sure=1.0))] == ["materials"] * 3


@given(
    st.lists(st.floats(0, 1), min_size=len(SUBJECTS), max_size=len(SUBJECTS)), st.sampled_from([None, *DOMAINS, "law"])
)
def test_all_that_hold_are_named_once_and_the_likeliest_first(probable: list[float], declared: str | None) -> None:
    domains = Domain()._domains(probable, declared)
    assert len(set(domains)) == len(domains)
    holding = {name for name, value in zip(SUBJECTS, probable, strict=True) if value >= 0.5}
    said = set() if declared in (None, "general") else {declared}
    assert set(domains) == (holding | said or {"general"})
    own = [name for name in domains if name in holding and name not in said]
    assert own == sorted(own, key=lambda name: -probable[SUBJECTS.index(name)])


def test_a_bound_keeps_what_is_of_a_domain(batch: Batch) -> None:
    texts = batch(DOCTOR * 3, SHOP * 3, language="eng_Latn", domain="general")
    rejected = [row[2] for row in judged(texts, Domain(life_health=Range(min=0.5)))]
    assert rejected == [None, "domain.life_health"]


def test_the_words_that_speak_for_the_likeliest_are_marked(batch: Batch) -> None:
    documents = Documents(batch(DOCTOR * 2, language="eng_Latn", domain="general"))
    words = Domain().evidence(documents)["words"]
    np.testing.assert_allclose(words.value, Domain().measure(documents)["words"][0])
    marked = {
        DOCTOR[start:end].lower() for start, end in zip(words.starts, words.ends, strict=True) if end < len(DOCTOR)
    }
    assert marked & {"patients", "insulin", "clinical", "infection", "diabetes", "treatment"}
    assert len(marked & {"the", "and", "of"}) <= 1  # messages of software, which are negatives, have few of them


@pytest.fixture
def without_terms(tmp_path: Path) -> Domain:
    """The weights of this package, as if no list of terms spoke for a head."""
    folder = shutil.copytree(Domain().folder, tmp_path / "weights")
    told = yaml.safe_load((folder / heads.CARD).read_text(encoding="utf-8"))
    for head in told["heads"].values():
        head["terms"] = {}
    (folder / heads.CARD).write_text(yaml.safe_dump(told), encoding="utf-8")
    return Domain(models=folder)


def test_the_terms_for_the_likeliest_are_marked(batch: Batch) -> None:
    documents = Documents(batch(FLOW * 2, language="eng_Latn", domain="general"))
    terms = Domain().evidence(documents)["terms"]
    np.testing.assert_allclose(terms.value, Domain().measure(documents)["terms"][0])
    marked = {FLOW[start:end].lower() for start, end in zip(terms.starts, terms.ends, strict=True) if end < len(FLOW)}
    assert marked >= {"airfoil", "reynolds", "number", "turbulent", "incompressible"}


def test_terms_add_to_what_the_heads_say_of_any_language(batch: Batch, without_terms: Domain) -> None:
    texts = batch(FLOW, "Das ist ein Satz über nichts. " * 3, language="xyz_Latn", domain="general")
    plain, listed = (one.measure(Documents(texts))["fluid_mechanics"] for one in (without_terms, Domain()))
    assert listed[0] > plain[0]
    assert listed[1] == pytest.approx(plain[1])


def test_the_page_shows_what_is_made_of_a_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("article.txt").write_text(DOCTOR * 3, encoding="utf-8")
    page = (ROOT / "docs" / "domains.md").read_text(encoding="utf-8")
    (command,) = re.findall(r"^yuliao (try domain .*)$", page, re.MULTILINE)
    ended = CliRunner().invoke(app, command.split())
    assert ended.exit_code == 0
    assert "domain.life_health" in ended.output
    assert "domain.words" in ended.output
    for config in re.findall(r"yuliao train-quality (\S+\.yaml)", page):
        assert set(load_as(Training, str(ROOT / config), ()).heads) == set(SUBJECTS)


def test_the_shipped_weights_are_of_rows_whose_weights_may_be_kept() -> None:
    shipped = yaml.safe_load((Domain().folder / heads.CARD).read_text(encoding="utf-8"))
    assert shipped["admitted"]["weights"] == ["yes"]
    licences = [licence for data in shipped["data"].values() for licence in data["licences"]]
    assert licences
    assert not any("SA" in licence or "none stated" in licence or "NC" in licence for licence in licences)
    assert sum(file.stat().st_size for file in Domain().resources()) < 1_000_000


def test_a_bound_on_the_subject_takes_the_word_of_the_source_and_else_that_of_the_text() -> None:
    texts = [DOCTOR * 3] * 3
    rows = {"text": texts, "language": ["eng_Latn"] * 3, "domain": ["materials", "general", None]}
    documents = Documents(pa.record_batch({name: pa.array(values, pa.string()) for name, values in rows.items()}))
    signals = Domain(subject=OneOf(values=("materials",))).measure(documents)
    assert pa.array(signals["subject"]).to_pylist() == ["materials", "life_health", "life_health"]
