"""Bounds fitted to samples that were made to be understood."""

import numpy as np
import pytest

from filters.base import Range
from filters.fineweb import FineWeb
from filters.gopher_quality import GopherQuality
from filters.quality import Quality
from pipeline.calibration.fit import Fitted, FittedBound, Method, SignalTable, fit, rounded
from pipeline.calibration.pools import relatives
from pipeline.calibration.units import SAME, Worth, converted
from pipeline.calibration.write import explanation

OFF = {name: Range() for name in GopherQuality.signals()}
WORDS = GopherQuality.model_validate({**OFF, "words": Range(min=50)})
LENGTHS = GopherQuality.model_validate({**OFF, "mean_word_length": Range(max=10, undefined="keep")})


def table(**values: list[float]) -> SignalTable:
    """Return a table with every signal of gopher_quality equal to the values of each language (`fin_Latn=[…]`)."""
    column = np.array([value for group in values.values() for value in group])
    return SignalTable(
        np.array([tag for tag, group in values.items() for _ in group]),
        np.array([f"host{i}" for i in range(len(column))]),
        {f"gopher_quality.{name}": column for name in GopherQuality.signals()},
    )


def fitted(
    filter: GopherQuality, language: str, reference: SignalTable, web: SignalTable, **changes: object
) -> FittedBound:
    worth = dict.fromkeys({*reference.languages.tolist(), language}, changes.pop("worth", SAME))
    method = Method.model_validate({"retention": 0.9, "k": 0, **changes})
    (found,) = fit([filter], [language], reference, web, worth, method, "seed")  # type: ignore[arg-type]
    (bound,) = found.bounds
    return bound


JUNK = table(fin_Latn=[1.0, 500.0], eng_Latn=[1.0, 500.0])


def test_a_bound_is_loosened_as_far_as_the_reference_needs() -> None:
    bound = fitted(LENGTHS, "fin_Latn", table(fin_Latn=[6, 7, 8, 9, 10, 11, 12, 13, 14, 20.0]), JUNK)
    assert (bound.value, bound.decision, bound.kept_reference) == (14, "loosened", 0.9)


def test_a_bound_is_tightened_only_where_the_method_says_so() -> None:
    reference = table(fin_Latn=[4.0] * 20)
    assert fitted(LENGTHS, "fin_Latn", reference, JUNK).value == 10
    assert fitted(LENGTHS, "fin_Latn", reference, JUNK, tighten_from=20).value == 4
    assert fitted(LENGTHS, "fin_Latn", reference, JUNK, tighten_from=21).value == 10


def test_a_small_sample_leans_on_its_relatives() -> None:
    reference = table(fin_Latn=[9.0], ekk_Latn=[12.0] * 40, eng_Latn=[5.0] * 40)
    bound = fitted(LENGTHS, "fin_Latn", reference, JUNK, k=5)
    assert bound.value == 12
    assert (bound.n, bound.pool) == (1, 80)


def test_a_language_without_a_sample_of_its_own_gets_what_its_relatives_need() -> None:
    bound = fitted(LENGTHS, "fin_Latn", table(ekk_Latn=[12.0] * 40), JUNK)
    assert (bound.value, bound.n) == (12, 0)
    assert (bound.decision, bound.lender) == ("lent", "Uralic in Latn")
    assert (
        explanation(bound)
        == "max 12, lent by Uralic in Latn (was 10) | quantile 12 | n 0 + 40 | keeps 50.0% of the web"
    )


def test_what_a_language_without_a_sample_borrows_is_of_its_closest_relatives() -> None:
    web = table(khm_Khmr=[1.0, 500.0])
    alone = fitted(LENGTHS, "khm_Khmr", table(deu_Latn=[12.0] * 40), web)
    assert (alone.decision, alone.lender) == ("lent", "all scripts")
    near = fitted(LENGTHS, "fin_Latn", table(ekk_Latn=[11.0] * 9, deu_Latn=[30.0] * 90, rus_Cyrl=[40.0] * 90), JUNK)
    assert (near.value, near.lender) == (11, "Uralic in Latn")
    needless = fitted(LENGTHS, "fin_Latn", table(ekk_Latn=[6.0] * 40), JUNK)
    assert (needless.value, needless.decision) == (10, "as it was")


def test_a_host_does_not_count_for_more_than_its_share() -> None:
    reference = table(fin_Latn=[30.0] * 30 + [6.0] * 60)
    one_host = SignalTable(reference.languages, np.array(["a"] * 30 + [f"h{i}" for i in range(60)]), reference.signals)
    assert fitted(LENGTHS, "fin_Latn", reference, JUNK, per_group=5).value == 30
    assert fitted(LENGTHS, "fin_Latn", one_host, JUNK, per_group=5).value == 10


def test_what_no_document_of_a_small_web_sample_breaks_stays_a_bound_and_says_so() -> None:
    harmless = table(fin_Latn=[5.0] * 10)
    bound = fitted(LENGTHS, "fin_Latn", table(fin_Latn=[6.0] * 20), harmless)
    assert (bound.value, bound.decision) == (10, "as it was; no document of the web sample lies beyond")
    assert fitted(LENGTHS, "fin_Latn", table(fin_Latn=[6.0] * 20), JUNK).decision == "as it was"


def test_what_no_value_can_break_is_no_bound() -> None:
    filter = GopherQuality.model_validate({**OFF, "alphabetic_words": Range(min=0.8)})
    bound = fitted(filter, "fin_Latn", table(fin_Latn=[0.0] * 20), JUNK)
    assert (bound.value, bound.decision) == (None, "none: every possible value lies inside")


def test_an_english_length_is_converted() -> None:
    worth = Worth(tokens=2, characters=0.4)
    bound = fitted(WORDS, "zho_Hans", table(zho_Hans=[200.0] * 20), table(zho_Hans=[1.0]), worth=worth)
    assert (bound.value, bound.decision) == (100, "converted")
    assert converted(FineWeb(), worth).short_line == 12  # type: ignore[attr-defined]


def test_the_same_data_give_the_same_interval() -> None:
    reference = table(fin_Latn=list(np.linspace(5, 20, 40)))
    one, two = (fitted(LENGTHS, "fin_Latn", reference, JUNK) for _ in range(2))
    assert one == two
    assert one.interval is not None
    assert one.interval[0] < 18.5 < one.interval[1]


@pytest.mark.parametrize(
    ("key", "value", "sign", "expected"),
    [
        ("fineweb.short_lines", 0.12345, 1, 0.124),
        ("fineweb.short_lines", 0.12345, -1, 0.123),
        ("fineweb.short_lines", 0.67, 1, 0.67),
        ("gopher_quality.words", 41.5, -1, 41),
        ("gopher_quality.words", 6513.0, 1, 6520),
        ("fineweb.short_lines", 0.0, 1, 0.0),
    ],
)
def test_a_bound_is_rounded_to_the_lenient_side(key: str, value: float, sign: float, expected: float) -> None:
    assert rounded(key, value, sign) == expected


def test_relatives_are_of_the_family_then_of_the_script_then_all() -> None:
    circles = relatives("fin_Latn", ["ekk_Latn", "hun_Latn", "deu_Latn", "rus_Cyrl", "fin_Latn", "tha_Thai"])
    assert circles == [
        ("Uralic in Latn", frozenset({"ekk_Latn", "hun_Latn"})),
        ("Latn", frozenset({"deu_Latn"})),
        ("all scripts", frozenset({"rus_Cyrl", "tha_Thai"})),
    ]
    by_spacing, *_ = relatives("lao_Laoo", ["rus_Cyrl", "tha_Thai"], by_spacing=True)
    assert by_spacing == ("scripts without spaces", frozenset({"tha_Thai"}))


def test_a_fitted_chain_has_the_bounds_it_tells_of() -> None:
    reference, worth = table(fin_Latn=[20.0] * 20), {"fin_Latn": SAME}
    (found,) = fit([LENGTHS], ["fin_Latn"], reference, JUNK, worth, Method(), "seed")
    assert isinstance(found, Fitted)
    assert found.filters[0].bounds()["mean_word_length"] == Range(max=20, undefined="keep")


def test_a_share_to_keep_becomes_a_score_of_the_web_sample() -> None:
    scores = np.linspace(0, 1, 1001)
    tags, hosts = np.full(1001, "fin_Latn"), np.array([f"host{n}" for n in range(1001)])
    sample = SignalTable(tags, hosts, {f"quality.{name}": scores for name in Quality.signals()})
    (found,) = fit([Quality(top=0.3)], ["fin_Latn"], sample, sample, {"fin_Latn": SAME}, Method(), "seed")
    (best,) = found.filters
    assert isinstance(best, Quality)
    assert (best.score.min, best.top) == (0.7, None)
