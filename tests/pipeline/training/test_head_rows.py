"""Rows that are admitted, refused or say nothing, by every way of stating so."""

import gzip
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from pipeline.errors import ConfigError
from pipeline.training.head_rows import prepare, read
from pipeline.training.head_settings import Admitted, Target
from tests.pipeline.training.labelled import row, rows, settings, written

TARGET = Target(field="kind", positive=("a", 1), negative=("b",))
OTHERS = Target(field="kind", positive=("a",), negative="others")


@pytest.mark.parametrize(
    ("target", "value", "said"),
    [
        (TARGET, "a", True),
        (TARGET, 1, True),
        (TARGET, "b", False),
        (TARGET, ["b", "a"], True),
        (TARGET, "c", None),
        (TARGET, None, None),
        (TARGET, [], None),
        (OTHERS, "c", False),
        (OTHERS, ["c", "a"], True),
        (OTHERS, None, None),
        (Target(always=False), None, False),
    ],
)
def test_what_a_field_says(target: Target, value: Any, said: bool | None) -> None:
    assert target.of({"kind": value}) is said


@pytest.mark.parametrize(
    ("licence", "weights", "told", "refused"),
    [
        ("MIT", "yes", True, False),
        ("MIT", "no", True, True),
        ("MIT", None, True, True),
        ("MIT", None, False, False),
        ("none stated", "yes", True, True),
        (None, "yes", True, True),
        ("CC-BY-4.0, annotations", "yes", True, False),
    ],
)
def test_a_row_needs_a_listed_licence_and_weights(
    licence: str | None, weights: str | None, told: bool, refused: bool
) -> None:
    assert Admitted(licences=("MIT", "CC-BY-4.0*")).refuses(licence, weights, told=told) is refused


def test_no_row_left_is_an_error(tmp_path: Path) -> None:
    path = written(tmp_path / "rows.jsonl", rows(4))
    with pytest.raises(ConfigError, match="16 were refused"):
        read(settings(tmp_path, path, admitted={"licences": ["MIT"]}))


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"made: .*absent\.jsonl: no such file"):
        read(settings(tmp_path, tmp_path / "absent.jsonl"))


def test_optional_data_that_are_missing_are_left_out_and_named(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    asked = settings(tmp_path, written(tmp_path / "rows.jsonl", rows(4)))
    absent = asked.data[0].model_copy(update={"name": "more", "paths": ("absent.jsonl",), "optional": True})
    found, counts = read(asked.model_copy(update={"data": (*asked.data, absent)}))
    assert found == read(asked)[0]
    assert counts["more"].admitted == 0
    assert "data more: trained without absent.jsonl" in caplog.text


@pytest.mark.parametrize(("content", "said"), [('{"a": 1}\n{', "line 2"), ("[1]\n", "a row is a mapping")])
def test_a_line_that_is_no_row_is_named(tmp_path: Path, content: str, said: str) -> None:
    path = tmp_path / "rows.jsonl"
    path.write_text(content, encoding="utf-8")
    with pytest.raises(ConfigError, match=rf"made: .*rows\.jsonl, line \d: .*|{said}") as told:
        read(settings(tmp_path, path))
    assert said in str(told.value)


def test_packed_files_are_read_and_a_text_counts_once(tmp_path: Path) -> None:
    path = tmp_path / "rows.jsonl.gz"
    path.write_bytes(gzip.compress("\n".join(json.dumps(one) for one in [*rows(4), *rows(4)]).encode()))
    found, counts = read(settings(tmp_path, path))
    assert (len(found), counts["made"].admitted) == (12, 24)


def test_a_host_is_in_one_fold(tmp_path: Path) -> None:
    found, _ = read(settings(tmp_path, written(tmp_path / "rows.jsonl", rows())))
    prepared = prepare(found, 3)
    folds = {(one.host, int(fold)) for one, fold in zip(found, prepared.folds, strict=True)}
    assert len(folds) == len({host for host, _ in folds}) == 15
    assert len({fold for _, fold in folds}) == 3


def test_what_names_a_host_may_end_at_a_mark_and_each_language_is_apart(tmp_path: Path) -> None:
    file = written(tmp_path / "rows.jsonl", [one | {"url": f"org/notes@{n} a.md"} for n, one in enumerate(rows())])
    asked = settings(tmp_path, file)
    data = asked.data[0].model_copy(update={"host_until": "@"})
    found, _ = read(asked.model_copy(update={"data": (data,)}))
    assert {one.host for one in found} == {"org/notes eng_Latn", "org/notes zho_Hans"}


def test_lists_of_terms_are_asked_where_heads_have_some(tmp_path: Path) -> None:
    found, _ = read(settings(tmp_path, written(tmp_path / "rows.jsonl", rows())))
    assert prepare(found, 2).terms.shape == (len(found), 0)
    said = prepare(found, 2, listed=("informative", "commercial", "law")).terms
    sells = np.array([not one.targets["informative"] for one in found])
    assert said[sells, 1].mean() > said[~sells, 1].mean()
    assert not said[:, 2].any()


def test_the_order_of_the_files_does_not_matter(tmp_path: Path) -> None:
    one, _ = read(settings(tmp_path, written(tmp_path / "a.jsonl", rows())))
    other, _ = read(settings(tmp_path, written(tmp_path / "b.jsonl", rows()[::-1])))
    first, second = (prepare(found, 2).examples(range(len(found))) for found in (one, other))
    assert first == second
    assert "__label__informative+" in first[0] or "__label__informative-" in first[0]
    assert str(row("eng_Latn", True, 1)["text"]) not in "\n".join(first)
