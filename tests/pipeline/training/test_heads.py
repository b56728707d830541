"""From labelled rows to a folder of heads: the same bytes every time, refusals, and a card that says what was done."""

from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
import yaml

from filters.documents import Documents
from filters.models import heads as scoring
from filters.models.codes import codes_of
from filters.models.word_tables import read_words, said_by_words
from filters.quality import Quality
from pipeline.training.fasttext_child import TrainingError
from pipeline.training.heads import Trained, train_heads
from tests.pipeline.training.labelled import row, rows, settings, written


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Trained:
    folder = tmp_path_factory.mktemp("trained")
    asked = settings(folder, written(folder / "rows.jsonl", rows()), terms=True)
    return train_heads(asked, "yuliao train-quality made.yaml")


def test_the_same_rows_give_the_same_bytes_in_one_process(trained: Trained, tmp_path: Path) -> None:
    asked = settings(tmp_path, written(tmp_path / "rows.jsonl", rows()), terms=True)
    again = train_heads(asked, "yuliao train-quality made.yaml")
    for name in ("rest.ftz", "rest.npz", "card.yaml"):
        assert (trained.folder / name).read_bytes() == (again.folder / name).read_bytes(), name


def test_rows_that_may_not_be_trained_on_are_refused_and_counted(trained: Trained) -> None:
    assert (trained.counts["made"].admitted, trained.counts["made"].refused) == (180, 60)


def test_the_card_says_what_was_done(trained: Trained) -> None:
    card = yaml.safe_load((trained.folder / "card.yaml").read_text(encoding="utf-8"))
    assert card["command"] == "yuliao train-quality made.yaml"
    assert card["data"]["made"]["licences"] == {"CC0-1.0": 180}
    assert card["groups"][0]["sha256"]
    assert card["out_of_fold"]["informative"]["zho_Hans"]["auc"] > 0.9
    assert card["out_of_fold"]["informative"]["zho_Hans"]["length_auc"] < 0.7


def test_texts_it_has_not_seen_are_scored_by_what_is_in_them(trained: Trained) -> None:
    unseen = [row(language, good, 1000, 60) for language in ("eng_Latn", "zho_Hans") for good in (True, False)]
    columns = {"text": [str(one["text"]) for one in unseen], "language": [str(one["lang"]) for one in unseen]}
    documents = Documents(pa.record_batch(columns))
    signals, found = Quality(models=trained.folder).annotate(documents)
    score = np.asarray(signals["score"])
    assert (score > 0.5).tolist() == [True, False, True, False]
    assert [str(source).partition(":")[2] for source in found["quality_source"]] == ["labels"] * 4


def test_lists_of_what_sells_speak_against_what_informs(trained: Trained) -> None:
    heads = scoring.card(trained.folder).heads
    assert heads["commercial"].terms["commercial"] > 0
    assert heads["informative"].terms.get("commercial", 0.0) <= 0 <= heads["informative"].terms.get("informative", 0.0)
    assert any(head.terms for head in heads.values())


def test_labels_by_chance_give_no_model(tmp_path: Path) -> None:
    found = [{**one, "informative": n % 2, "form": "ab"[n % 2]} for n, one in enumerate(rows())]
    made = settings(
        tmp_path,
        written(tmp_path / "rows.jsonl", found),
        heads={"informative": {}},
        data=[
            {
                "name": "made",
                "paths": [str(tmp_path / "rows.jsonl")],
                "language": "lang",
                "targets": {"informative": {"field": "informative", "positive": [1], "negative": [0]}},
            }
        ],
        admitted={"licences": ["*"]},
    )
    with pytest.raises(TrainingError, match="head informative: "):
        train_heads(made, "yuliao train-quality made.yaml")
    assert not (tmp_path / "models").exists()


def test_length_alone_is_no_head(tmp_path: Path) -> None:
    found = [{**row("eng_Latn", n % 2 == 0, n, 20 if n % 3 else 60), "informative": n % 3 == 0} for n in range(120)]
    made = settings(
        tmp_path,
        written(tmp_path / "rows.jsonl", found),
        heads={"informative": {}},
        admitted={"licences": ["*"]},
        data=[
            {
                "name": "made",
                "paths": [str(tmp_path / "rows.jsonl")],
                "language": "lang",
                "targets": {"informative": {"field": "informative", "positive": [True], "negative": [False]}},
            }
        ],
    )
    with pytest.raises(TrainingError):
        train_heads(made, "yuliao train-quality made.yaml")


def test_votes_are_those_of_the_library(trained: Trained) -> None:
    import fasttext

    library = fasttext.load_model(str(trained.folder / "rest.ftz"))
    texts = [str(row("zho_Hans", good, 7, 2000)["text"]) for good in (True, False)]
    read = codes_of(Documents(pa.record_batch({"text": pa.array(texts)})))
    found = scoring.said(trained.folder, ["zho_Hans"] * len(texts), read).votes
    heads = scoring.card(trained.folder).heads
    shares = np.array([head.words for head in heads.values()])
    words = said_by_words(read_words(trained.folder / "rest.npz", tuple(heads)), read, np.arange(len(texts)))
    assert shares.max() > 0
    found -= shares * words  # which is all that is added to what fastText says
    output, names = library.get_output_matrix(), library.get_labels()
    for line, vote in zip(read.lines(), found, strict=True):
        scores = output @ library.get_sentence_vector(line)
        wanted = [
            scores[names.index(f"__label__{head}+")] - scores[names.index(f"__label__{head}-")]
            for head in ("informative", "commercial")
        ]
        # The library counts the end of the line as a word, which is left out here: it would tell how long a text is.
        np.testing.assert_allclose(vote, wanted, rtol=0.01, atol=0.01 * shares.max())
