"""What each signal did to a document, and the form that programs get."""

import json
import math
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from filters.base import Bound, OneOf, Range
from pipeline.answers.journey import Journey, Measurement, Outcome
from pipeline.answers.journey_json import journeys_as_json, plain
from shards.schema import DOCUMENT

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


INSTANTS = st.integers(-(10**9), 4 * 10**9)


def values_of(kind: pa.DataType) -> st.SearchStrategy[Any]:
    """Return values of an Arrow type, as integers where it counts days or seconds."""
    if pa.types.is_struct(kind):
        return st.fixed_dictionaries({field.name: values_of(field.type) for field in kind})
    if pa.types.is_list(kind):
        return st.lists(values_of(kind.value_type), max_size=3)
    if pa.types.is_string(kind):
        return st.text(max_size=20)
    if pa.types.is_date32(kind):
        return st.integers(-100_000, 100_000)
    if pa.types.is_timestamp(kind):
        return INSTANTS
    if pa.types.is_floating(kind):
        return st.floats(width=32)
    return st.integers(-(2**31), 2**31 - 1)


@given(st.data())
def test_a_document_comes_back_from_json_as_it_was(data: st.DataObject) -> None:
    arrays = []
    for field in DOCUMENT:
        value = data.draw(st.none() | values_of(field.type) if field.nullable else values_of(field.type))
        ground = pa.int32() if pa.types.is_date32(field.type) else pa.int64()
        temporal = pa.types.is_temporal(field.type)
        arrays.append(pa.array([value], ground).cast(field.type) if temporal else pa.array([value], field.type))
    (document,) = pa.record_batch(arrays, schema=DOCUMENT).to_pylist()
    journey = Journey(document, None, None, (), {}, None)
    text = json.dumps(journeys_as_json("out", [journey]), allow_nan=False)
    (read,) = json.loads(text)["documents"]
    for field in DOCUMENT:
        back = pa.array([read["document"][field.name]], pa.string() if pa.types.is_temporal(field.type) else field.type)
        (told,), (was,) = pc.cast(back, field.type).to_pylist(), [document[field.name]]
        if isinstance(was, float) and not math.isfinite(was):
            was = None  # JSON has no such number
        assert told == was, field.name


def test_a_value_of_no_column_s_type_has_no_form() -> None:
    with pytest.raises(TypeError, match="no form in JSON for a set"):
        plain({"columns": {1, 2}})
