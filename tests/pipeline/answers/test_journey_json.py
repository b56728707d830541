"""A document with its journey in the form that programs get."""

import json
import math
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.answers.journey import Journey
from pipeline.answers.journey_json import journeys_as_json, json_value
from shards.schema import DOCUMENT

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
        json_value({"columns": {1, 2}})
