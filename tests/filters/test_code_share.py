from collections.abc import Callable

import pyarrow as pa
import pytest

from filters.base import Range
from filters.chain import judge
from filters.code_share import CodeShare
from tests.filters.texts import PROSE

Batch = Callable[..., pa.RecordBatch]

CODE = [
    "def total(values):\n    return sum(value for value in values if value != 0)\n",
    'int main(void) {\n    printf("%d\\n", 5);\n    return 0;\n}\n',
    "const a = items.map((item) => item.name);\nif (a.length === 0) {\n  return null;\n}\n",
    "$total = array_sum($values);\necho($total);\n",
]


@pytest.mark.parametrize("code", CODE)
def test_code_is_told_from_prose(batch: Batch, code: str) -> None:
    signals = judge([CodeShare()], batch(code, PROSE * 3 + code)).signals
    code_share, both = signals["code_share.code_characters"].to_pylist()
    assert code_share > 0.45
    assert 0.02 < both < 0.5


@pytest.mark.parametrize(
    "text",
    [
        PROSE,
        "- a list (of one), with 5 % more\n- and $20; that is all\n",
        "| a | b |\n|---|---|\n| 1 | 2 |\n",
        "这座城市有三千年的历史（约）；人口为100万。\n",
        "See [the notes](http://example.org/a?b=c), please.\n",
    ],
)
def test_prose_lists_and_tables_are_no_code(batch: Batch, text: str) -> None:
    signals = judge([CodeShare()], batch(text)).signals
    assert [column.to_pylist() for column in signals.values()] == [[0], [0]]


@pytest.mark.parametrize("text", ["<div class='a'><p>Text</p></div>", "{{Infobox|name=[[Paris]]}}", "<br/><b>x</b>"])
def test_tags_and_wiki_marks_are_markup(batch: Batch, text: str) -> None:
    assert judge([CodeShare()], batch(text)).signals["code_share.markup_characters"].to_pylist() == [1]


def test_code_is_rejected_only_where_a_bound_is_set(batch: Batch) -> None:
    texts = batch(CODE[1])
    assert judge([CodeShare()], texts).documents["rejected_by"].to_pylist() == [None]
    bound = CodeShare(code_characters=Range(max=0.5))
    assert judge([bound], texts).documents["rejected_by"].to_pylist() == ["code_share.code_characters"]
