"""Every number that a filter bounds has a unit, or its bound could not be taken to another language."""

import pytest

from filters.base import Filter, Range
from filters.boilerplate import Boilerplate
from filters.pii import PII
from pipeline.calibration.units import Worth, converted, factor, possible, units
from pipeline.catalogue import FILTERS

MEASURED_ELSEWHERE = {
    "domain",
    "language",
    "license",
    "url",
}  # what languages share: a model's score or probability, a page's licence, an address


@pytest.mark.parametrize("filter", FILTERS.every(), ids=FILTERS.names())
def test_every_signal_that_is_a_number_has_a_unit(filter: type[Filter]) -> None:
    name = filter.model_fields["name"].default
    ranges = [signal for signal in filter.signals() if filter.model_fields[signal].annotation is Range]
    assert name in MEASURED_ELSEWHERE or [s for s in ranges if f"{name}.{s}" not in units()] == []


def test_every_unit_is_that_of_a_signal_or_a_setting() -> None:
    known = {f"{f.model_fields['name'].default}.{field}" for f in FILTERS.every() for field in f.model_fields}
    assert set(units()) <= known


def test_a_density_by_characters_rises_where_a_text_has_fewer() -> None:
    chinese = Worth(tokens=1.5, characters=0.3)
    assert factor("pii.density", chinese) == pytest.approx(1 / 0.3)
    assert possible("pii.density") == (0, float("inf"))
    assert set(PII.signals()) - {"density"} == {s for s in PII.signals() if factor(f"pii.{s}", chinese) == 1}


def test_a_length_is_converted_and_a_bound_is_not() -> None:
    there = converted(Boilerplate(), Worth(tokens=1.5, characters=0.3))
    assert (there.longest_notice, there.shell_characters) == (90, Boilerplate().shell_characters)  # type: ignore[attr-defined]
