"""Curves and cards of heads: monotone, and refused when they were made for another preparation."""

from pathlib import Path

import numpy as np
import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from filters.models.codes import Codes
from filters.models.heads import CARD, SHRUNK, Curve, Head, Models, ScriptGroup, added_by_terms, card, said
from filters.models.weighted import WEIGHTS

KNOTS = Curve(raw=(-2.0, 0.0, 3.0), value=(0.1, 0.5, 0.9), source="quantile")


@given(st.lists(st.floats(-50, 50), min_size=2, max_size=20))
@pytest.mark.parametrize("curve", [KNOTS, Curve(slope=0.4, offset=-1, source="labels")], ids=["knots", "logistic"])
def test_more_votes_are_never_a_lower_probability(curve: Curve, raw: list[float]) -> None:
    found = curve.of(np.sort(np.array(raw)))
    assert (np.diff(found) >= 0).all()
    assert ((found >= 0) & (found <= 1)).all()


def test_no_votes_are_no_probability() -> None:
    assert np.isnan(KNOTS.of(np.array([np.nan]))).all()


def test_a_language_has_its_own_curve_or_its_scripts_or_that_of_all() -> None:
    own, script, rest = (Curve(source=source) for source in ("labels", "script", "script"))
    head = Head(languages={"fra_Latn": own}, scripts={"Latn": script}, others=rest)
    assert [head.curve(tag) is curve for tag, curve in [("fra_Latn", own), ("deu_Latn", script), ("und", rest)]] == [
        True
    ] * 3


def test_traditional_chinese_is_read_as_simplified_and_has_its_curve() -> None:
    own, rest = Curve(source="labels"), Curve(source="script")
    assert Head(languages={"zho_Hans": own}, others=rest).curve("zho_Hant") is own


@pytest.mark.parametrize("damaged", ["rest.ftz", "rest.npz"])
def test_weights_that_are_not_those_of_the_card_are_refused(damaged: str, tmp_path: Path) -> None:
    for name in (CARD, "rest.ftz", "rest.npz"):
        (tmp_path / name).write_bytes((WEIGHTS / "quality" / name).read_bytes() + b"\0" * (name == damaged))
    read = Codes(np.zeros(1, np.uint32), np.array([0, 1]), np.zeros(1, np.int64))
    with pytest.raises(ValueError, match="train again"):
        said(tmp_path, ["eng_Latn"], read)


def test_a_card_of_another_preparation_is_refused(tmp_path: Path) -> None:
    shipped = yaml.safe_load((WEIGHTS / "quality" / CARD).read_text(encoding="utf-8"))
    (tmp_path / CARD).write_text(yaml.safe_dump(shipped | {"preparation": 0}), encoding="utf-8")
    with pytest.raises(ValueError, match="preparation 0, this version has 1: train again"):
        card(tmp_path)


def test_the_shipped_card_names_what_it_was_trained_on_and_nothing_that_may_not_be_kept() -> None:
    shipped = yaml.safe_load((WEIGHTS / "quality" / CARD).read_text(encoding="utf-8"))
    assert shipped["admitted"]["weights"] == ["yes"]
    assert sum(data["admitted"] for data in shipped["data"].values()) > 2000
    assert not any("none stated" in licence for data in shipped["data"].values() for licence in data["licences"])


@pytest.mark.filterwarnings("error")
def test_a_steep_curve_is_no_overflow() -> None:
    assert Curve(slope=1e4, source="labels").of(np.array([-9.0, 9.0])).tolist() == pytest.approx([0, 1])


def test_terms_count_for_and_against_and_more_where_a_language_has_few_labels_or_none() -> None:
    labelled, few = Curve(source="labels", rows=10**9), Curve(source="labels", rows=SHRUNK)
    head = Head(
        terms={"good": 0.5, "shop": -1.0},
        terms_alone=3,
        languages={"fra_Latn": labelled, "zho_Hans": few, "vie_Latn": Curve(source="quantile", rows=10**9)},
        others=Curve(source="script"),
    )
    group = ScriptGroup(file="rest.ftz", sha256="")
    models = Models(
        name="small", preparation=1, digest="", groups=(group,), heads={"good": head, "shop": Head(others=labelled)}
    )
    said = np.array([[2.0, 0.0], [0.0, 2.0], [2.0, 0.0], [2.0, 0.0], [2.0, 0.0], [0.0, 0.0]])
    languages = ["fra_Latn", "fra_Latn", "zho_Hans", "zho_Hant", "vie_Latn", None]
    found = added_by_terms(models, languages, said)
    expected = [[1.0, 0.0], [-2.0, 0.0], [2.0, 0.0], [2.0, 0.0], [3.0, 0.0], [0.0, 0.0]]
    np.testing.assert_allclose(found, expected, atol=1e-6)
