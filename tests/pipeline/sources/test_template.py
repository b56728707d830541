import contextlib
import json
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from pipeline.sources.delimited import Delimited
from pipeline.sources.fields import Fields, field
from pipeline.sources.jsonl import Jsonl
from pipeline.sources.parquet import Parquet
from pipeline.sources.template import MissingError, parsed
from tests.pipeline.sources.conftest import Rows

RECORD = {
    "formula": "SiO2",
    "gap": 8.937,
    "symmetry": {"symbol": "P3_221", "number": 154.0},
    "elements": ["Si", "O"],
    "none": None,
    "nan": float("nan"),
    "text": "7.5",
    "runs": [{"T": 300, "k": 1.4}, {"T": 400, "k": None}, {"T": 500.5, "k": "a|b"}],
}


@pytest.mark.parametrize(
    ("template", "text"),
    [
        ("{formula} 是一種晶體。", "SiO2 是一種晶體。"),
        ("{gap:.2f} eV, {text:.1f}, {gap:d}", "8.94 eV, 7.5, 8"),
        ("{symmetry.symbol} ({symmetry.number})", "P3_221 (154)"),
        ("{elements:list}; {formula:list}", "Si, O; SiO2"),
        ("A[[, gap {none}]][[, also {gap:.0f}]].", "A, also 9."),
        ("[[{nan} ]]x", "x"),
        ("{{{formula}}}", "{SiO2}"),
        ("a  \n\n\n\n[[{none}]]\n\nb", "a\n\nb"),
        ("{runs:table T=T (K), k}", "| T (K) | k |\n| --- | --- |\n| 300 | 1.4 |\n| 400 |  |\n| 500.5 | a\\|b |"),
        ("{runs.0.T}", "300"),
    ],
)
def test_a_record_is_rendered(template: str, text: str) -> None:
    assert parsed(template).render(RECORD, field) == text


@pytest.mark.parametrize("template", ["{none}", "{nowhere}", "{nan}", "{formula:.2f}", "{formula:table}", "{a.b.c}"])
def test_a_field_that_is_missing_or_of_another_type_is_an_error(template: str) -> None:
    with pytest.raises(MissingError):
        parsed(template).render(RECORD, field)


@pytest.mark.parametrize("template", ["{a", "a}", "[[a", "a]]", "[[a [[b]]", "{a:upper}", "{a!r}}", "{a:.2f:x}"])
def test_a_malformed_template_is_an_error_of_the_config(template: str) -> None:
    with pytest.raises(ValidationError, match="template"):
        Fields(template=template)


@given(st.text(max_size=30), st.dictionaries(st.sampled_from("abc"), st.one_of(st.none(), st.text(), st.floats())))
def test_any_template_parses_or_is_refused_and_renders_or_misses(template: str, record: dict[str, Any]) -> None:
    with contextlib.suppress(ValueError, MissingError):
        parsed(template).render(record, field)


@pytest.mark.parametrize("suffix", ["jsonl", "csv", "parquet"])
def test_every_kind_of_table_can_be_rendered(tmp_path: Path, read: Rows, suffix: str) -> None:
    records = [{"id": "1", "name": "Quartz", "gap": "8.9", "x": "y"}, {"id": "2", "name": "", "gap": "1", "x": ""}]
    path = tmp_path / f"a.{suffix}"
    if suffix == "jsonl":
        path.write_text("\n".join(map(json.dumps, records)))
    elif suffix == "csv":
        path.write_text("\n".join([",".join(records[0]), *(",".join(record.values()) for record in records)]))
    else:
        pq.write_table(pa.Table.from_pylist(records), path)
    kinds: dict[str, type[Jsonl | Delimited | Parquet]] = {"jsonl": Jsonl, "csv": Delimited, "parquet": Parquet}
    kind = kinds[suffix]
    fields = Fields(template="{name} has a band gap of {gap:.2f} eV.", id="id", title="name")
    rows = read(kind(name="db", paths=(str(path),), fields=fields, domain="materials"))
    assert [row["text"] for row in rows] == ["Quartz has a band gap of 8.90 eV.", ""]
    assert [row.get("rejected_by") for row in rows] == [None, f"{kind.model_fields['kind'].default}.no_field"]
    assert [row["domain"] for row in rows] == ["materials", "materials"]
