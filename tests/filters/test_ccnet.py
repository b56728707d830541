from collections.abc import Callable
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from typer.testing import CliRunner

from filters import segment
from filters.ccnet import CCNet
from filters.chain import judge
from filters.ngram_model import read_model, trained
from filters.segment import Tokens
from jobs.__main__ import app

Batch = Callable[..., pa.RecordBatch]

TRUSTED = ["the mill stands by the river and the river turns the wheel of the mill " * 20]
SAMPLE = ["the mill stands by the river", "the wheel of a mill by a river", "buy pills online cheap cheap now"]


def tokens(*texts: str) -> Tokens:
    return segment.tokens(segment.characters(pa.array(texts, pa.string())))


def test_documents_are_parted_into_thirds_by_how_well_they_are_predicted(batch: Batch, tmp_path: Path) -> None:
    trained(tokens(*TRUSTED), tokens(*SAMPLE)).write(tmp_path / "eng.npz")
    filter = CCNet(models={"eng_Latn": tmp_path / "eng.npz"}, bucket=["head", "middle"])  # type: ignore[arg-type]
    judgement = judge([filter], batch(*SAMPLE, "", language="eng_Latn"))
    assert judgement.signals["ccnet.bucket"].to_pylist() == ["head", "middle", "tail", None]
    assert judgement.documents["rejected_by"].to_pylist() == [None, None, "ccnet.bucket", "ccnet.bucket"]
    assert filter.resources() == (tmp_path / "eng.npz",)


def test_a_language_without_a_model_has_no_perplexity(batch: Batch) -> None:
    judgement = judge([CCNet()], batch("Der Fluss", language="deu_Latn"))
    assert np.isnan(judgement.signals["ccnet.perplexity"].to_numpy()).all()
    assert judgement.documents["rejected_by"].to_pylist() == [None]


@settings(deadline=None, max_examples=50)
@given(st.lists(st.lists(st.sampled_from("abcd"), max_size=12).map(" ".join), min_size=1, max_size=4))
def test_the_probabilities_of_all_next_words_add_up_to_one(texts: list[str]) -> None:
    vocabulary = sorted({word for text in texts for word in text.split()})
    if not vocabulary:
        return
    model = trained(tokens(*texts), tokens("a b"))
    for context in ("", "a ", "a b ", "z z "):
        words = [*vocabulary, "never-met"]

        def log(text: str) -> float:
            pieces = tokens(text)
            return 0.0 if pieces.count[0] == 0 else -float(np.log(model.perplexity(pieces)[0])) * int(pieces.count[0])

        total = sum(np.exp(log(context + word) - log(context)) for word in words if len(word) == 1)
        unknown = np.exp(log(context + "q") - log(context))
        assert total + unknown == pytest.approx(1)


def test_more_of_the_same_text_is_predicted_better() -> None:
    model = trained(tokens(*TRUSTED), tokens(*SAMPLE))
    known, shuffled = model.perplexity(tokens("the mill stands by the river", "river the by stands mill the"))
    assert known < shuffled


def test_the_command_makes_a_model_from_files(tmp_path: Path) -> None:
    (tmp_path / "trusted.txt").write_text(TRUSTED[0])
    (tmp_path / "web.jsonl").write_text('{"text": "the mill"}\n{"text": "buy now"}\n')
    model, trusted, web = (str(tmp_path / name) for name in ("m.npz", "trusted.txt", "web.jsonl"))
    result = CliRunner().invoke(app, ["perplexity", model, trusted, "--sample", web])
    assert result.exit_code == 0, result.output
    assert read_model(Path(model)).facts.tolist()[0] == 3


def test_a_file_that_is_no_model_says_so(tmp_path: Path) -> None:
    np.savez(tmp_path / "other.npz", keys=np.zeros(1))
    with pytest.raises(ValueError, match="is no n-gram model: it has no counts"):
        read_model(tmp_path / "other.npz")
