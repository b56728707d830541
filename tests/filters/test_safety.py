"""Tiers, kinds and risks: more than one word, in context, on lists, by domain; and which words decided."""

import re
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st
from typer.testing import CliRunner

from filters.bad_words import WordList, risks
from filters.base import Range
from filters.chain import Judgement, judge
from filters.documents import Documents
from filters.models import heads
from filters.safety import KIND_NAMES, AddressList, Safety
from jobs.__main__ import app
from pipeline.config import load_as
from pipeline.training.head_settings import Training
from tests.runs import ROOT

Batch = Callable[..., pa.RecordBatch]

HATE = "Women are vermin. All women deserve to die. Women should be wiped out."
CASINO = "Casino bonus and free spins! Online slots, roulette, blackjack: bet now at our online casino. "
PALACE = "澳门新葡京娱乐城，注册送彩金，百家乐、老虎机、真人娱乐，投注返水。"
CLINIC = (
    "Patients asked their doctor about orgasm, masturbation and nude images; the clinical study at the university "
    "hospital found no symptom, and treatment was not needed. Health education and counselling helped. The professor "
    "of medicine reports that research on this disease, its diagnosis and its prevention goes on in three hospitals. "
    "Doctors, therapists and pharmacists of the health service took part in the study, by law and regulation. "
)
NEWS = (
    "The court sentenced a man for posting that women are vermin, the newspaper reports. The minister condemned it as "
    "hateful. Police say that the investigation goes on; the trial had drawn wide attention in the whole country. "
)


def judged(batch: pa.RecordBatch, safety: Safety | None = None) -> tuple[Judgement, list[tuple[str, list[str] | None]]]:
    judgement = judge([safety or Safety()], batch)
    rows = (judgement.documents[name].to_pylist() for name in ("safety_tier", "flagged_by"))
    return judgement, list(zip(*rows, strict=True))


@pytest.mark.parametrize(
    ("text", "language", "tier", "flags", "risk"),
    [
        ("The rain fell on the hills, and the river rose.", "eng_Latn", "0", None, "none"),
        (HATE, "eng_Latn", "2", ["safety.hateful"], "A.2.5"),
        ("女人都是人渣。女人去死。", "zho_Hans", "2", ["safety.hateful"], "A.2.5"),
        (CASINO * 3, "eng_Latn", "2", ["safety.gambling"], "A.1.8"),
        (PALACE * 3, "zho_Hans", "2", ["safety.gambling"], "A.1.8"),
        (CLINIC, "eng_Latn", "1", None, "A.1.6"),
        (NEWS, "eng_Latn", "1", None, "A.2.5"),
        ("", "eng_Latn", "0", None, "none"),
        (HATE, "xxx_Latn", "0", None, "none"),
    ],
)
def test_what_tier_a_text_is_of(
    batch: Batch, text: str, language: str, tier: str, flags: list[str] | None, risk: str
) -> None:
    judgement, ((found, flagged),) = judged(batch(text, language=language))
    flagged = [flag for flag in flagged or [] if flag != "safety.abusive"] or None
    assert (found, flagged) == (tier, flags)
    assert judgement.signals["safety.risk"].to_pylist() == [risk]
    assert judgement.documents["rejected_by"].to_pylist() == [None]


@given(st.sampled_from(["casino", "porn", "vermin", "faggot", "beheading", "retarded", "overdose on", "ghost gun"]))
def test_one_word_flags_nothing(batch: Batch, word: str) -> None:
    judgement, ((tier, flagged),) = judged(batch(f"The word {word} stands here. " * 5, language="eng_Latn"))
    assert tier in ("0", "1")
    assert [flag for flag in flagged or [] if flag != "safety.abusive"] == []
    assert judgement.documents["rejected_by"].to_pylist() == [None]


def test_words_around_a_subject_weigh_against_its_terms(batch: Batch) -> None:
    texts = batch(
        CASINO, CASINO + "The police, the court and the government report on the law. " * 6, language="eng_Latn"
    )
    bare, around = judge([Safety()], texts).signals["safety.gambling"].to_pylist()
    assert 0 < around < bare / 3


def test_a_domain_keeps_its_words_and_no_others(batch: Batch) -> None:
    text = "Orgasm, masturbation, naked, nude, penis; kinky fetish and bondage. " * 3
    (_, ((tier, flagged),)) = judged(batch(text, language="eng_Latn", domain="life_health"))
    assert (tier, flagged) == ("1", None)
    (_, ((tier, flagged),)) = judged(batch(text, language="eng_Latn", domain="materials"))
    assert (tier, flagged) == ("2", ["safety.sexual"])
    (_, ((tier, flagged),)) = judged(batch(CASINO * 3, language="eng_Latn", domain="life_health"))
    assert (tier, flagged) == ("2", ["safety.gambling"])
    strict = Safety(released={})
    (_, ((tier, _),)) = judged(batch(text, language="eng_Latn", domain="life_health"), strict)
    assert tier == "2"


def test_what_is_never_published_is_of_the_third_tier(batch: Batch) -> None:
    text = "Sexual images of children, child pornography, nude children. " * 2
    (_, ((tier, flagged),)) = judged(batch(text, language="eng_Latn", domain="life_health"))
    assert (tier, flagged) == ("3", ["safety.minors"])
    told = "The police and the court report on child pornography. Prevention, therapy, research and victims. " * 3
    (_, ((tier, flagged),)) = judged(batch(told, language="eng_Latn"))
    assert (tier, flagged) in [("0", None), ("1", None)]


def test_lists_of_addresses_and_of_terms_have_their_risk(batch: Batch, tmp_path: Path) -> None:
    hosts, words = tmp_path / "casinos.txt", tmp_path / "terms.txt"
    hosts.write_text("# ours\ncasino.example\nnews.example/bets\n", encoding="utf-8")
    words.write_text("raincoat\numbrella\ngalosh*\n", encoding="utf-8")
    safety = Safety(address_lists=(AddressList(path=hosts, risk="A.1.8"),), lists=(WordList(path=words, risk="A.1.6"),))
    urls = ["https://a.casino.example/x", "https://news.example/bets/1", "https://news.example/rain", None]
    for url, tier, risk in zip(urls, "2200", ["A.1.8", "A.1.8", "none", "none"], strict=True):
        judgement, ((found, flagged),) = judged(batch("The rain falls.", language="eng_Latn", url=url), safety)
        assert (found, flagged) == (tier, ["safety.listed"] if tier == "2" else None)
        assert judgement.signals["safety.risk"].to_pylist() == [risk]
    (_, ((tier, flagged),)) = judged(batch("raincoat, umbrella, galoshes", language="fin_Latn"), safety)
    assert (tier, flagged) == ("2", ["safety.sexual"])
    assert set(safety.resources()) >= {hosts, words}


def test_personal_data_count_by_their_density(batch: Batch) -> None:
    page = "Anna <|pii:phone|> <|pii:email|> in the river town; "
    (_, rows) = judged(batch(page * 20, "The rain falls. " * 40 + page, language="fin_Latn"))
    assert rows == [("2", ["safety.personal"]), ("0", None)]
    servers = Documents(batch("root server <|pii:ip|> <|pii:ipv6|>; " * 20, language="fin_Latn"))
    assert Safety().measure(servers)["personal"].tolist() == [0]
    assert Safety().evidence(servers)["personal"].value == 0


def test_a_bound_may_reject_or_let_pass(batch: Batch) -> None:
    reject = Safety(hateful=Range(max=0.5, undefined="keep"))
    assert judge([reject], batch(HATE, language="eng_Latn")).documents["rejected_by"].to_pylist() == ["safety.hateful"]
    loose = Safety(hateful=Range(), abusive=Range())
    assert judged(batch(HATE, language="eng_Latn"), loose)[1] == [("1", None)]


def test_the_words_that_decided_are_marked(batch: Batch) -> None:
    documents = Documents(batch(HATE, language="eng_Latn"))
    measured, found = Safety().measure(documents), Safety().evidence(documents)
    hateful = found["hateful"]
    np.testing.assert_allclose(hateful.value, measured["hateful"][0])
    marked = {HATE[start:end].lower() for start, end in zip(hateful.starts, hateful.ends, strict=True)}
    assert marked == {"women", "vermin", "deserve to die", "be wiped out"}


def test_every_kind_and_risk_of_the_tables_is_known() -> None:
    assert set(KIND_NAMES) <= set(Safety.signals())
    for names in Safety().released.values():
        assert set(names) <= set(KIND_NAMES)
    assert len(risks()) == 31


def test_the_page_shows_steps_that_can_be_configured() -> None:
    page = (ROOT / "docs" / "safety.md").read_text(encoding="utf-8")
    steps = [
        step for block in re.findall(r"```yaml\nsteps:\n(.*?)```", page, re.DOTALL) for step in yaml.safe_load(block)
    ]
    policies = [Safety.model_validate(step) for step in steps if step["name"] == "safety"]
    assert len(policies) == 3
    (listed,) = (policy for policy in policies if policy.address_lists)
    assert listed.address_lists[0].path.name in [file.name for file in (ROOT / "configs" / "safety").iterdir()]
    for config in re.findall(r"yuliao train-quality (\S+\.yaml)", page):
        assert set(load_as(Training, str(ROOT / config), ()).heads) == {"abusive"}


def test_a_file_is_shown_with_the_words_that_decided(tmp_path: Path) -> None:
    file = tmp_path / "page.txt"
    file.write_text(CASINO * 3, encoding="utf-8")
    ended = CliRunner().invoke(app, ["try", "safety", str(file), "--highlight"])
    assert ended.exit_code == 0
    assert "safety.gambling" in ended.output


def test_the_shipped_weights_are_of_rows_whose_weights_may_be_kept() -> None:
    shipped = yaml.safe_load((Safety().folder / heads.CARD).read_text(encoding="utf-8"))
    assert shipped["admitted"]["weights"] == ["yes"]
    licences = [licence for data in shipped["data"].values() for licence in data["licences"]]
    assert licences
    assert not any("SA" in licence or "none stated" in licence or "NC" in licence for licence in licences)
    assert sum(file.stat().st_size for file in Safety().resources()) < 1_000_000
