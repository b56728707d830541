import sys
from collections.abc import Callable
from importlib.machinery import ModuleSpec
from pathlib import Path
from types import ModuleType

import numpy as np
import pyarrow as pa
import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st
from typer.testing import CliRunner

from filters.base import OneOf
from filters.ccnet import CCNet, Model, read_model, write_model
from filters.chain import judge
from filters.documents import Documents
from filters.models.arpa import read_arpa
from filters.models.kenlm import folded
from filters.models.ngrams import trained
from jobs.__main__ import app

Batch = Callable[..., pa.RecordBatch]

TRUSTED = ["the mill stands by the river and the river turns the wheel of the mill " * 20]
SAMPLE = ["the mill stands by the river", "the wheel of a mill by a river", "buy pills online cheap cheap now"]


ARPA = """\\data\\
ngram 1=6
ngram 2=4
ngram 3=1

\\1-grams:
-1.5\t<unk>
-99\t<s>\t-0.2
-0.8\t</s>
-0.6\tthe\t-0.3
-0.9\tmill\t-0.1
-1.1\triver\t-0.4

\\2-grams:
-0.2\t<s> the\t-0.05
-0.3\tthe mill\t-0.15
-0.5\tthe river
-0.4\tmill </s>

\\3-grams:
-0.1\t<s> the mill

\\end\\
"""


def documents(*texts: str) -> Documents:
    return Documents(pa.record_batch({"text": pa.array(texts, pa.string())}))


def perplexity(model: Model, *texts: str) -> list[float]:
    found: list[float] = model.perplexity(documents(*texts), np.arange(len(texts))).tolist()
    return found


def test_documents_are_parted_into_thirds_by_how_well_they_are_predicted(batch: Batch, tmp_path: Path) -> None:
    write_model(trained(documents(*TRUSTED)).parted_by(documents(*SAMPLE)), tmp_path / "eng.npz")
    filter = CCNet(models={"eng_Latn": tmp_path / "eng.npz"}, bucket=OneOf(values=("head", "middle")))
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
    model = trained(documents(*texts))
    for context in ("", "a ", "a b ", "z z "):
        words = [*vocabulary, "never-met"]

        def log(text: str) -> float:
            count = len(text.split())
            return -float(np.log(perplexity(model, text)[0])) * count if count else 0.0

        total = sum(np.exp(log(context + word) - log(context)) for word in words if len(word) == 1)
        unknown = np.exp(log(context + "q") - log(context))
        assert total + unknown == pytest.approx(1)


def test_more_of_the_same_text_is_predicted_better() -> None:
    known, shuffled = perplexity(
        trained(documents(*TRUSTED)), "the mill stands by the river", "river the by stands mill the"
    )
    assert known < shuffled


def test_the_command_makes_a_model_from_files(tmp_path: Path) -> None:
    (tmp_path / "trusted.txt").write_text(TRUSTED[0])
    (tmp_path / "web.jsonl").write_text('{"text": "the mill"}\n{"text": "buy now"}\n')
    model, trusted, web = (str(tmp_path / name) for name in ("m.npz", "trusted.txt", "web.jsonl"))
    result = CliRunner().invoke(app, ["perplexity", model, trusted, "--sample", web])
    assert result.exit_code == 0, result.output
    assert read_model(Path(model)).facts.tolist()[0] == 3


@pytest.mark.parametrize(
    ("text", "log10", "words"),
    [
        ("the mill", -0.2 - 0.1 - 0.15 - 0.4, 3),  # <s> the, <s> the mill; no `the mill </s>`: the weight of `the mill`
        ("mill", -0.2 - 0.9 - 0.4, 2),  # no `<s> mill`: the weight of <s>; then `mill </s>`
        ("The river", -0.2 - 0.05 - 0.5 - 0.4 - 0.8, 3),  # no case in the file: none here
        ("wheel", -0.2 - 1.5 - 0.8, 2),  # an unknown word, which has no back-off weight
        ("mill\nmill", 2 * (-0.2 - 0.9 - 0.4), 4),  # every line is a sentence
    ],
)
def test_an_arpa_file_is_asked_as_its_format_says(text: str, log10: float, words: int, tmp_path: Path) -> None:
    (tmp_path / "lm.arpa").write_text(ARPA)
    assert perplexity(read_arpa(tmp_path / "lm.arpa"), text) == pytest.approx([10 ** (-log10 / words)])


def test_a_model_of_an_arpa_file_sorts_documents(batch: Batch, tmp_path: Path) -> None:
    (tmp_path / "lm.arpa").write_text(ARPA)
    (tmp_path / "web.txt").write_text("the mill")
    model = str(tmp_path / "eng.npz")
    result = CliRunner().invoke(
        app, ["perplexity", model, str(tmp_path / "lm.arpa"), "--sample", str(tmp_path / "web.txt")]
    )
    assert result.exit_code == 0, result.output
    judgement = judge([CCNet(models={"eng_Latn": Path(model)})], batch("the mill", "pills", "", language="eng_Latn"))
    assert judgement.signals["ccnet.bucket"].to_pylist() == ["head", "tail", None]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("\\data\\\n\\1-grams:\n-1\ta", "has no .end"),
        (ARPA.replace("the", "▁the").replace("mill", "▁mill"), "pieces of SentencePiece"),
        (ARPA.replace("the mill\t-0.15", "the wheel\t-0.15"), "'wheel' stands in a 2-gram and is no 1-gram"),
    ],
)
def test_a_file_that_cannot_be_asked_says_why(content: str, message: str, tmp_path: Path) -> None:
    (tmp_path / "lm.arpa").write_text(content)
    with pytest.raises(ValueError, match=message):
        read_arpa(tmp_path / "lm.arpa")


def test_a_file_that_is_no_model_says_so(tmp_path: Path) -> None:
    np.savez(tmp_path / "other.npz", keys=np.zeros(1))
    with pytest.raises(ValueError, match="is no n-gram model: it has no counts"):
        read_model(tmp_path / "other.npz")


class Scores:
    """Stands in for KenLM: a sequence has the probability 10 ** -(two for each word, and one for its end)."""

    def __init__(self, path: str) -> None:
        assert path == "en.arpa.bin"

    def score(self, sequence: str) -> float:
        return -2.0 * len(sequence.split(" ")) - sequence.count("rare") * 9 - 1


class Pieces:
    """Stands in for SentencePiece: words are its pieces."""

    def __init__(self, model_file: str) -> None:
        assert model_file == "en.sp.model"

    def encode(self, texts: list[str], out_type: type) -> list[list[str]]:
        return [["▁" + word for word in text.split()] for text in texts]


@pytest.fixture
def libraries(monkeypatch: pytest.MonkeyPatch) -> None:
    """Put stand-ins in the place of the libraries; `tests.benchmarks.ccnet` asks the real ones."""
    for name, members in (("kenlm", {"Model": Scores}), ("sentencepiece", {"SentencePieceProcessor": Pieces})):
        module = ModuleType(name)
        module.__spec__ = ModuleSpec(name, None)
        module.__dict__.update(members)
        monkeypatch.setitem(sys.modules, name, module)


def test_a_model_that_kenlm_reads_parts_documents_by_the_cutoffs_given(libraries: None, batch: Batch) -> None:
    files = {"model": "en.arpa.bin", "pieces": "en.sp.model", "cutoffs": [60, 300]}
    filter = CCNet.model_validate({"models": {"eng_Latn": files}})
    texts = ["plain words", "words and a rare word", "rare words", ""]
    judgement = judge([filter], batch(*texts, language="eng_Latn"))
    expected = [10 ** (5 / 3), 10 ** (20 / 6), 10 ** (14 / 3), np.nan]
    np.testing.assert_allclose(judgement.signals["ccnet.perplexity"].to_numpy(), expected, rtol=1e-5)
    assert judgement.signals["ccnet.bucket"].to_pylist() == ["head", "tail", "tail", None]
    assert filter.resources() == (Path("en.arpa.bin"), Path("en.sp.model"))


def test_without_pieces_kenlm_is_asked_for_the_words_of_each_line(libraries: None, batch: Batch) -> None:
    filter = CCNet.model_validate({"models": {"eng_Latn": {"model": "en.arpa.bin"}}})
    judgement = judge([filter], batch("Rare, isn’t it?\n\nA mill", language="eng_Latn"))
    # "rare , is n't it ?" and "a mill"
    assert judgement.signals["ccnet.perplexity"].to_pylist() == [pytest.approx(10 ** ((12 + 9 + 1 + 4 + 1) / 10))]
    assert judgement.signals["ccnet.bucket"].to_pylist() == [None]


def test_texts_are_folded_as_ccnet_folds_them() -> None:
    assert folded(" L’Été 2024 —\n« Bon ! »…\x07 （二）") == 'l\'ete 0000  - " bon ! "... (二)'


def test_cutoffs_for_a_model_that_kenlm_reads_are_written_for_a_configuration(libraries: None, tmp_path: Path) -> None:
    (tmp_path / "sample.jsonl").write_text(
        "".join(f'{{"text": "{"rare " * n}word word word word"}}\n' for n in range(9))
    )
    arguments = ["perplexity", str(tmp_path / "en.yaml"), "en.arpa.bin", "--pieces", "en.sp.model"]
    result = CliRunner().invoke(app, [*arguments, "--sample", str(tmp_path / "sample.jsonl")], catch_exceptions=False)
    assert "head up to a perplexity of" in result.output
    written = yaml.safe_load((tmp_path / "en.yaml").read_text())
    assert written["cutoffs"] == sorted(written["cutoffs"])
    assert CCNet.model_validate({"models": {"eng_Latn": written}}).resources()[1] == Path("en.sp.model")


def test_a_library_that_is_not_installed_is_named_with_its_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "kenlm", None)
    monkeypatch.setattr("shards.extras.find_spec", lambda name: None)
    with pytest.raises(ValueError, match="kenlm is not installed: make extras EXTRAS=perplexity"):
        CCNet.model_validate({"models": {"eng_Latn": {"model": "en.arpa.bin"}}})
