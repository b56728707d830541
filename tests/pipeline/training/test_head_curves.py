"""Curves are monotone, shrink towards their script, and give a language without labels the shares of the others."""

import numpy as np
import pytest

from pipeline.training.head_curves import (
    MOST_OF_LANGUAGE,
    OF_EACH,
    curves,
    evened,
    fitted_less,
    fitted_shares,
    quantile_curves,
)


def drawn(n: int, slope: float, seed: int) -> tuple[np.ndarray, np.ndarray]:
    chance = np.random.default_rng(seed)
    raw = chance.normal(size=n) * 4
    return raw, chance.random(n) < 1 / (1 + np.exp(-slope * raw))


def test_many_labels_find_the_slope_and_few_take_that_of_the_script() -> None:
    raw, truth = drawn(4000, 0.5, 0)
    few, few_truth = drawn(25, -0.5, 1)
    found, scripts, whole = curves(
        np.concatenate([raw, few]), np.concatenate([truth, few_truth]), ["fra_Latn"] * 4000 + ["vie_Latn"] * 25
    )
    assert abs(found["fra_Latn"].slope - 0.5) < 0.06
    assert found["vie_Latn"].slope > 0
    assert set(scripts) == {"Latn"}
    assert whole.source == "script"


def test_what_other_heads_say_counts_only_against() -> None:
    raw, truth = drawn(2000, 0.5, 2)
    helps = np.where(truth, -3.0, 3.0)
    assert fitted_less(raw, [helps], truth)[0] > 0
    assert fitted_less(raw, [-helps], truth) == [0.0]


def test_what_words_and_terms_say_is_added_as_far_as_it_helps() -> None:
    raw, truth = drawn(2000, 0.5, 5)
    draw = np.random.default_rng(6)
    helps, misleads = (sign * np.where(truth, 3.0, -3.0) + draw.normal(0, 3, 2000) for sign in (1, -1))
    words, terms = fitted_shares(raw, [helps, misleads], truth)
    assert words > 0
    assert terms == 0.0
    assert fitted_shares(-raw, [helps], truth)[0] > words  # of votes that say the reverse nearly nothing is taken


def test_a_language_without_labels_has_the_shares_of_those_with() -> None:
    raw, truth = drawn(500, 0.5, 3)
    known, _, _ = curves(raw, truth, ["fra_Latn"] * 500)
    found = quantile_curves(
        np.concatenate([raw, raw * 3 + 10]), ["fra_Latn"] * 500 + ["jpn_Jpan"] * 500, known, fewest=30
    )
    assert list(found) == ["jpn_Jpan"]
    here = found["jpn_Jpan"].of(raw * 3 + 10)
    assert abs(np.median(here) - np.median(known["fra_Latn"].of(raw))) < 0.02
    assert found["jpn_Jpan"].source == "quantile"


@pytest.mark.parametrize("answer", [True, False])
@pytest.mark.parametrize("others", [0, OF_EACH - 1])
def test_a_language_whose_labels_nearly_all_say_the_same_has_the_curve_of_its_script(answer: bool, others: int) -> None:
    raw, truth = drawn(500, 0.5, 4)
    labels = [not answer] * others + [answer] * (50 - others)
    for tag, own_scripts in (("lin_Latn", {"Latn"}), ("jpn_Jpan", {"Latn"})):
        found, scripts, _ = curves(
            np.concatenate([raw, np.sort(raw[:50])]), np.append(truth, labels), ["fra_Latn"] * 500 + [tag] * 50
        )
        assert (set(found), set(scripts)) == ({"fra_Latn"}, own_scripts)


def test_a_row_that_counts_for_three_is_as_three_rows() -> None:
    raw, truth = drawn(400, 0.5, 7)
    heavy = np.arange(400) < 80
    times, tags = np.where(heavy, 3, 1), np.where(heavy, "fra_Latn", "swe_Latn")
    said = np.where(truth, 1.0, -1.0) + np.random.default_rng(8).normal(0, 2, 400)
    repeated = [np.repeat(column, times) for column in (raw, said, truth)]
    weighed = curves(raw, truth, tags.tolist(), times.astype(float))
    plain = curves(repeated[0], repeated[2], np.repeat(tags, times).tolist())
    for found, wanted in zip((*weighed[0].values(), weighed[2]), (*plain[0].values(), plain[2]), strict=True):
        np.testing.assert_allclose((found.slope, found.offset), (wanted.slope, wanted.offset), atol=2e-3)
    shares = fitted_shares(raw, [said], truth, times.astype(float))
    np.testing.assert_allclose(shares, fitted_shares(repeated[0], [repeated[1]], repeated[2]), atol=0.02)
    assert shares != fitted_shares(raw, [said], truth)


def test_a_language_of_many_rows_counts_for_no_more_than_the_most() -> None:
    languages, weight = ["eng_Latn"] * 2000 + ["zho_Hans"] * 40, np.append(np.full(2000, 3.0), np.ones(40))
    found = evened(weight, languages)
    assert found[:2000].sum() == pytest.approx(MOST_OF_LANGUAGE)
    assert found[2000:].tolist() == [1.0] * 40
    np.testing.assert_array_equal(weight[:2000], 3.0)
