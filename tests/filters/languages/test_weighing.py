"""What the models say of one language speaks for another: predictions made for the test, no text."""

import numpy as np
import pytest

from filters.languages import ensemble, weighing
from filters.languages.weighing import FIRST, MODELS, Matrix, Predictions

NAMES = ensemble.languages()


def predictions(models: int, **said: float) -> Predictions:
    """Return what so many models say alike of one text."""
    found = np.zeros((models, 1, len(NAMES)), np.float32)
    for language, probability in said.items():
        found[:, 0, NAMES.index(language)] = probability
    one = np.ones(1, np.float32)
    return Predictions(found, one, one * 100, found[: len(FIRST)], np.zeros((1, len(NAMES)), np.float32))


def in_script(*languages: str) -> Matrix:
    return np.isin(NAMES, languages)[None].astype(np.float32)


@pytest.mark.parametrize("models", [len(FIRST), len(MODELS)])
def test_probabilities_add_up_to_one_over_the_languages_of_the_script(models: int) -> None:
    found = ensemble.posterior(predictions(models, ita=0.6, spa=0.3, rus=0.1), in_script("ita", "spa", "scn"))
    assert found.sum() == pytest.approx(1, abs=1e-5)
    assert set(np.array(NAMES)[found[0] > 0]) <= {"ita", "spa", "scn"}


def test_a_language_that_no_model_names_is_a_candidate_where_it_is_taken_for_the_one_named() -> None:
    hints = np.zeros((len(FIRST), len(NAMES), len(NAMES)), np.float32)
    hints[:, NAMES.index("ita"), NAMES.index("scn")] = 2
    for said, fitting, expected in (
        ({"ita": 0.9}, ("ita", "scn"), {"ita", "scn"}),
        ({"ita": 0.9}, ("ita",), {"ita"}),
        ({"spa": 0.9}, ("ita", "scn", "spa"), {"spa"}),
    ):
        found = weighing.candidates(predictions(2, **said), in_script(*fitting), ensemble.known(), hints)
        assert {NAMES[column] for column in found.language} == expected
        of_scn = found.hints[found.language == NAMES.index("scn")].tolist()
        assert of_scn == [pytest.approx(2 * 2 * 0.9)] * ("scn" in expected)


def test_no_hint_speaks_for_the_language_named_itself_or_for_one_that_no_model_knows() -> None:
    known = np.asarray(ensemble.known().any(axis=0))
    for models in (len(FIRST), len(MODELS)):
        hints = weighing.weights(models).hints
        assert (np.einsum("mii->mi", hints) == 0).all()
        assert known[(hints != 0).any(axis=(0, 1))].all()
        assert (hints != 0).sum() > 300
