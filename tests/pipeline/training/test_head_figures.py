"""Figures of a head on small truths that can be counted by hand."""

import numpy as np
import pytest

from pipeline.training.head_figures import auc, ece, ece_floor, figures, matched_auc, no_better


@pytest.mark.parametrize(
    ("truth", "score", "wanted"),
    [
        ([0, 0, 1, 1], [1, 2, 3, 4], 1.0),
        ([1, 1, 0, 0], [1, 2, 3, 4], 0.0),
        ([0, 1, 0, 1], [1, 1, 1, 1], 0.5),
        ([0, 1, 0, 1], [1, 2, 3, 4], 0.75),
    ],
)
def test_auc_counts_pairs(truth: list[int], score: list[float], wanted: float) -> None:
    assert auc(np.array(truth, np.bool_), np.array(score, np.float64)) == wanted


def test_length_that_decides_is_nothing_within_quarters_of_length() -> None:
    length = np.repeat(np.arange(8), 50)
    chance = np.random.default_rng(0)
    truth = chance.random(400) < length / 8
    assert auc(truth, length.astype(float)) > 0.75
    assert abs(matched_auc(truth, chance.random(400), length) - 0.5) < 0.1


def test_a_perfect_score_has_the_error_of_its_floor() -> None:
    chance = np.random.default_rng(1)
    probable = chance.random(2000)
    truth = chance.random(2000) < probable
    assert ece(truth, probable) < 2 * ece_floor(probable)
    assert ece(truth, 1 - probable) > 0.3


def test_too_few_of_one_answer_have_no_figure() -> None:
    assert figures(np.ones(40, np.bool_), np.ones(40), np.arange(40)).auc is None


def test_a_head_must_beat_the_majority_and_length() -> None:
    truth, length = np.arange(100) % 2 == 0, np.arange(100)
    assert no_better(truth, np.where(truth, 0.9, 0.1), length, ["x"] * 100) is None
    assert "always the same answer" in str(no_better(truth, np.full(100, 0.9), length, ["x"] * 100))
    by_length = np.sort(truth)
    assert "length alone" in str(no_better(by_length, length / 100, length, ["x"] * 100))
