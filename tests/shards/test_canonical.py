"""Equal rows are written as equal bytes, whatever made them."""

import random
from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dedup.index import signed_schema
from dedup.minhash import MinHashSettings
from shards import files
from shards.canonical import canonical
from shards.schema import DOCUMENT, PAGE, PUBLISHED

ZOO = pa.schema(
    [
        ("bool", pa.bool_()),
        ("int8", pa.int8()),
        ("uint64", pa.uint64()),
        ("float16", pa.float16()),
        ("float64", pa.float64()),
        ("date64", pa.date64()),
        ("time", pa.time32("s")),
        ("duration", pa.duration("us")),
        ("decimal", pa.decimal128(20, 3)),
        ("string", pa.large_string()),
        ("binary", pa.binary()),
        ("fixed", pa.binary(3)),
        ("none", pa.null()),
        ("bools", pa.list_(pa.bool_())),
        ("lists", pa.large_list(pa.list_(pa.string()))),
        ("pairs", pa.list_(pa.int16(), 2)),
        ("flags", pa.list_(pa.list_(pa.bool_(), 3))),
        ("map", pa.map_(pa.string(), pa.struct([("a", pa.int32()), ("b", pa.list_(pa.float32()))]))),
        (
            "deep",
            pa.struct([("x", pa.struct([pa.field("y", pa.bool_()), pa.field("z", pa.string(), nullable=False)]))]),
        ),
    ]
)
SCHEMAS = {
    "documents": DOCUMENT,
    "pages": PAGE,
    "release": PUBLISHED,
    "signed": signed_schema(MinHashSettings()),
    "zoo": ZOO,
}


def value(kind: pa.DataType, chance: random.Random) -> Any:
    """Return a value of a type that is not null, though something in it may be."""
    if pa.types.is_struct(kind):
        return {field.name: optional(field, chance) for field in kind}
    if pa.types.is_map(kind):
        return [(value(kind.key_type, chance), optional(kind.item_field, chance)) for _ in range(chance.randrange(3))]
    if pa.types.is_nested(kind):
        size = kind.list_size if pa.types.is_fixed_size_list(kind) else chance.randrange(4)
        return [optional(kind.value_field, chance) for _ in range(size)]
    if pa.types.is_fixed_size_binary(kind):
        return chance.randbytes(kind.byte_width)
    if pa.types.is_string(kind) or pa.types.is_large_string(kind):
        return chance.choice(["", "雨", "Ливень над морем", "rain", "مطر\n"])
    if pa.types.is_binary(kind) or pa.types.is_large_binary(kind):
        return chance.randbytes(chance.randrange(9))
    if pa.types.is_boolean(kind):
        return chance.random() < 0.5
    return number(kind, chance.randrange(100))


def number(kind: pa.DataType, size: int) -> Any:
    if pa.types.is_date(kind):
        return date.fromordinal(730_000 + size)
    if pa.types.is_timestamp(kind):
        return datetime.fromtimestamp(size, UTC)
    if pa.types.is_time(kind):
        return time(second=size % 60)
    return Decimal(size) if pa.types.is_decimal(kind) else timedelta(size) if pa.types.is_duration(kind) else size


def optional(field: pa.Field, chance: random.Random) -> Any:
    if pa.types.is_null(field.type) or (field.nullable and chance.random() < 0.3):
        return None
    return value(field.type, chance)


def rows(schema: pa.Schema, count: int, chance: random.Random) -> pa.RecordBatch:
    found = [{field.name: optional(field, chance) for field in schema} for _ in range(count)]
    return pa.RecordBatch.from_pylist(found, schema)


def sliced(array: pa.Array, chance: random.Random) -> pa.Array:
    """Return an equal array that lies in the middle of others."""
    around = [
        array.take(pa.array(chance.choices(range(len(array)), k=chance.randrange(9) if len(array) else 0), pa.int64()))
        for _ in range(2)
    ]
    return pa.concat_arrays([around[0], array, around[1]]).slice(len(around[0]), len(array))


def soiled(array: pa.Array, chance: random.Random) -> pa.Array:
    """Return an equal array with something under every null, at any depth, and bitmaps that need not be there."""
    kind, valid = array.type, [row for row, value in enumerate(array) if value.is_valid]
    if not valid or pa.types.is_null(kind):
        return array
    full = array.take(pa.array([row if value.is_valid else chance.choice(valid) for row, value in enumerate(array)]))
    bits = sum(value.is_valid << row for row, value in enumerate(array)) | chance.getrandbits(8) << len(array)
    bitmap = pa.py_buffer(bits.to_bytes(len(array) // 8 + 2, "little"))
    if pa.types.is_struct(kind):
        children = [soiled(full.field(number), chance) for number in range(kind.num_fields)]
        return pa.Array.from_buffers(kind, len(array), [bitmap], children=children)
    if pa.types.is_nested(kind):
        own = [] if pa.types.is_fixed_size_list(kind) else [full.buffers()[1]]
        return pa.Array.from_buffers(kind, len(array), [bitmap, *own], children=[soiled(full.values, chance)])
    return pa.Array.from_buffers(kind, len(array), [bitmap, *full.buffers()[1:]])


def each(change: Callable[[pa.Array], pa.Array], batch: pa.RecordBatch) -> pa.RecordBatch:
    return pa.RecordBatch.from_arrays([change(column) for column in batch.columns], schema=batch.schema)


def filtered(batch: pa.RecordBatch, chance: random.Random) -> pa.RecordBatch:
    more = [row for row in range(batch.num_rows) for _ in range(chance.randint(1, 3))]
    first = pa.array([index == 0 or row != more[index - 1] for index, row in enumerate(more)], pa.bool_())
    return batch.take(pa.array(more, pa.int64())).filter(first)


def shuffled(batch: pa.RecordBatch, chance: random.Random) -> pa.RecordBatch:
    order = chance.sample(range(batch.num_rows), batch.num_rows)
    back = sorted(range(batch.num_rows), key=order.__getitem__)
    return batch.take(pa.array(order, pa.int64())).take(pa.array(back, pa.int64()))


def sent(batch: pa.RecordBatch, chance: random.Random) -> pa.RecordBatch:
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, batch.schema) as writer:
        writer.write_batch(batch)
    return pa.ipc.open_stream(sink.getvalue()).read_next_batch()


WAYS: dict[str, Callable[[pa.RecordBatch, random.Random], pa.RecordBatch]] = {
    "built from values": lambda batch, _: pa.RecordBatch.from_pylist(batch.to_pylist(), batch.schema),
    "a slice": lambda batch, chance: each(lambda array: sliced(array, chance), batch),
    "something under nulls": lambda batch, chance: each(lambda array: soiled(array, chance), batch),
    "a slice with something under nulls": lambda batch, chance: each(
        lambda array: sliced(soiled(array, chance), chance), batch
    ),
    "filtered": filtered,
    "taken": shuffled,
    "sent": sent,
    "canonical already": lambda batch, _: canonical(batch),
}


@pytest.mark.parametrize("name", SCHEMAS)
@settings(max_examples=25)
@given(count=st.integers(0, 20), seed=st.integers(0, 2**32))
def test_equal_rows_have_equal_bytes_whatever_made_them(
    tmp_path_factory: pytest.TempPathFactory, name: str, count: int, seed: int
) -> None:
    folder, chance = tmp_path_factory.mktemp("ways"), random.Random(seed)
    batch = rows(SCHEMAS[name], count, chance)
    expected = written(folder, [batch], as_given=True)
    for way, remade in WAYS.items():
        again = remade(batch, chance)
        assert again.equals(batch), way
        again.validate(full=True)
        canonical(again).validate(full=True)
        assert canonical(again).equals(batch), way
        assert written(folder, [again], as_given=True) == expected, way


@given(count=st.integers(0, 40), seed=st.integers(0, 2**32))
def test_equal_rows_have_equal_bytes_however_they_are_cut(
    tmp_path_factory: pytest.TempPathFactory, count: int, seed: int
) -> None:
    folder, chance = tmp_path_factory.mktemp("cuts"), random.Random(seed)
    whole = rows(DOCUMENT, count, chance)
    parts, first = [], 0
    while first < count:
        size = chance.randint(0, 9)
        parts.append(chance.choice([*WAYS.values()])(whole.slice(first, size), chance))
        first += size
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("shards.files.ROWS_PER_BATCH", 7)
        assert written(folder, parts) == written(folder, [whole])


def written(folder: Path, batches: list[pa.RecordBatch], *, as_given: bool = False) -> bytes:
    path = folder / "shard.arrow"
    schema = batches[0].schema if batches else DOCUMENT
    files.write_shard(str(path), batches, schema, as_given=as_given)
    assert files.read_table(str(path)).to_pylist() == [row for batch in batches for row in batch.to_pylist()]
    return path.read_bytes()


def test_a_type_without_a_canonical_form_is_refused() -> None:
    batch = pa.RecordBatch.from_arrays([pa.array(["a", "b"]).dictionary_encode()], ["x"])
    with pytest.raises(TypeError, match="dictionary"):
        canonical(batch)


def test_what_is_as_it_should_be_is_not_copied() -> None:
    batch = pa.RecordBatch.from_arrays([pa.array(["rain", "雨"]), pa.array([1.5, 2.5])], ["text", "score"])
    before, after = ([column.buffers()[-1].address for column in each.columns] for each in (batch, canonical(batch)))
    assert before == after
