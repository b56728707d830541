"""What each signal did to a document."""

import math
from typing import Any

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from filters.base import Bound, OneOf, Range
from pipeline.answers.measurement import Measurement, Outcome

NAN = math.nan
FLAG = OneOf(values=("a",), action="flag")


@pytest.mark.parametrize(
    ("value", "bound", "decided", "outcome"),
    [
        (60.0, Range(min=50), False, "holds"),
        (54.0, Range(min=50), False, "near"),
        (50.0, Range(min=50), False, "near"),
        (49.0, Range(min=50), True, "rejects"),
        (49.0, Range(min=50), False, "would_reject"),
        (49.0, Range(min=50, action="flag"), True, "flags"),
        (0.3, Range(max=0.29), True, "rejects"),
        (0.0, Range(min=0), False, "holds"),  # of an edge at 0 nothing is near
        (NAN, Range(min=1, undefined="keep"), False, "undefined"),
        (NAN, Range(min=1), True, "rejects"),
        (0.25, Range(), False, "holds"),
        ("b", FLAG, True, "flags"),
        ("a", FLAG, False, "holds"),
        (None, OneOf(values=("a",)), True, "rejects"),  # null passes no list
        (None, OneOf(), False, "holds"),
        (None, Range(max=0, action="flag"), False, "holds"),  # not measured, so it broke nothing
        (None, FLAG, False, "holds"),
    ],
)
def test_a_signal_is_told_by_what_it_did(value: Any, bound: Bound, decided: bool, outcome: Outcome) -> None:
    assert Measurement("filter.signal", value, bound, decided).outcome == outcome


@pytest.mark.parametrize("bound", [Range(min=1), OneOf(values=("a",)), Range(), FLAG], ids=str)
def test_a_filter_that_the_document_never_came_to_decides_nothing(bound: Bound) -> None:
    measurement = Measurement("filter.signal", None, bound, reached=False)
    assert not measurement.broken
    assert measurement.outcome == "rejected_before"


@given(st.floats(-1e6, 1e6), st.booleans())
def test_a_value_on_the_edge_of_its_bound_is_inside_as_it_was_when_it_was_measured(edge: float, low: bool) -> None:
    bound = Range(min=edge) if low else Range(max=edge)
    assert not Measurement("filter.signal", float(np.float32(edge)), bound).broken  # as signals are stored
    assert not Measurement("filter.signal", edge, bound).broken


@given(st.floats(0.01, 1e6), st.floats(0, 3))
def test_near_is_a_tenth_of_the_edge(edge: float, share: float) -> None:
    assume(abs(share - 0.1) > 1e-3)
    assume(share > 1e-3)
    outcome = Measurement("filter.signal", edge * (1 + share), Range(min=edge)).outcome
    assert outcome == ("near" if share <= 0.1 else "holds")
