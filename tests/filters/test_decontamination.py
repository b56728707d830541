"""The filter `decontamination`: rejects or cuts, and says which item it found, and where."""

from collections.abc import Callable
from pathlib import Path

import pyarrow as pa
import pytest

from filters.chain import judge
from filters.decontamination import Decontamination
from filters.documents import Documents
from filters.models.benchmarks import write_index
from pipeline.decontamination.index import Item, build

Batch = Callable[..., pa.RecordBatch]

QUESTION = "Ann has three red kites and buys two more from her cousin. How many kites does she have now?"
FILLER = "The council met on Monday and talked about the budget of the coming year."


@pytest.fixture(scope="module")
def index(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("index") / "index.npz"
    write_index(build([Item("sums", "1", QUESTION)], []).index, path)
    return path


def test_a_page_with_an_item_is_rejected_and_names_it(index: Path, batch: Batch) -> None:
    judgement = judge([Decontamination(index=index)], batch(FILLER, f"{FILLER}\n{QUESTION}\n{FILLER}"))
    assert judgement.documents["rejected_by"].to_pylist() == [None, "decontamination.question"]
    assert judgement.signals["decontamination.benchmark"].to_pylist() == [None, "sums"]


def test_the_question_is_marked(index: Path, batch: Batch) -> None:
    text = f"{FILLER}\n{QUESTION}\n{FILLER}"
    found = Decontamination(index=index).evidence(Documents(batch(text)))["question"]
    assert text[found.starts[0] : found.ends[0]].endswith("does she have now")


def test_its_lines_are_cut_and_the_page_kept(index: Path, batch: Batch) -> None:
    text = f"{FILLER}\n{QUESTION} Five.\n{FILLER}\n{QUESTION}"
    judgement = judge([Decontamination(index=index, action="cut")], batch(text, QUESTION))
    assert judgement.documents["text"].to_pylist() == [f"{FILLER}\n{FILLER}", QUESTION]
    assert judgement.documents["rejected_by"].to_pylist() == [None, "decontamination.question"]


def test_without_an_index_all_pass(batch: Batch) -> None:
    assert judge([Decontamination()], batch(QUESTION)).documents["rejected_by"].to_pylist() == [None]
