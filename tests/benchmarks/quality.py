"""`quality` beside bare recipes, on rows whose host the model has not seen: AUC of `informative` by language and data.

    python -m tests.benchmarks.quality configs/training/development.yaml -p data=../shared/data [--folds 2]

Recipes, trained on the same rows: fastText over the bare text, newlines deleted as FineWeb2-HQ has it, or made spaces
as DCLM has it; TF-IDF of characters with logistic regression (dependency group `training`); the length of the text.
"""

import argparse
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import fasttext
import numpy as np
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import SGDClassifier

from filters.models.fasttext_file import loaded
from filters.models.heads import card, mean_votes, votes_of
from filters.models.word_tables import said_by_words
from filters.quality import Quality
from pipeline.config import load_as
from pipeline.training.fasttext_child import Job, train
from pipeline.training.head_figures import FEWEST, auc, matched_auc
from pipeline.training.head_rows import Prepared, prepare, read
from pipeline.training.head_settings import Training
from pipeline.training.head_words import counted, fitted_words

HEAD = "informative"
Rows = Sequence[int]
Recipe = Callable[[Prepared, Rows, Rows], np.ndarray]


def ours(settings: Training, prepared: Prepared) -> Recipe:
    counts = counted(prepared)
    share = card(Quality().folder).heads[HEAD].words

    def score(prepared: Prepared, seen: Rows, unseen: Rows) -> np.ndarray:
        with tempfile.TemporaryDirectory() as folder:
            lines, model = Path(folder, "lines.txt"), Path(folder, "model.ftz")
            lines.write_text("\n".join(prepared.examples(seen)) + "\n", encoding="utf-8")
            train(Job(lines=str(lines), model=str(model), **settings.learning.model_dump()))
            votes = votes_of(loaded.__wrapped__(model), (HEAD,))
        found: np.ndarray = mean_votes(votes, prepared.codes, np.array(unseen))[:, 0]
        if settings.words:
            words = fitted_words(counts, prepared, np.array(seen), (HEAD,), settings.words.least)
            found += share * said_by_words(words.table(), prepared.codes, np.array(unseen))[:, 0]
        return found

    return score


def bare(newline: str) -> Recipe:
    def score(prepared: Prepared, seen: Rows, unseen: Rows) -> np.ndarray:
        texts = [row.text.replace("\n", newline) for row in prepared.rows]
        known = [i for i in seen if HEAD in prepared.rows[i].targets]
        with tempfile.NamedTemporaryFile("w", suffix=".txt", encoding="utf-8") as file:
            file.writelines(f"__label__{int(prepared.rows[i].targets[HEAD])} {texts[i]}\n" for i in known)
            file.flush()
            model = fasttext.train_supervised(
                file.name, lr=0.5, dim=32, epoch=10, wordNgrams=2, bucket=1 << 18, minCount=3, thread=1, verbose=0
            )
        found = [dict(zip(*model.predict(texts[i], k=2), strict=True)) for i in unseen]
        return np.array([one.get("__label__1", 0.0) for one in found])

    return score


def tfidf(prepared: Prepared, seen: Rows, unseen: Rows) -> np.ndarray:
    known = [i for i in seen if HEAD in prepared.rows[i].targets]
    vectors = TfidfVectorizer(analyzer="char", ngram_range=(2, 4), max_features=300_000, sublinear_tf=True)
    x = vectors.fit_transform([prepared.rows[i].text[:6000] for i in known])
    model = SGDClassifier(loss="log_loss", alpha=1e-6, random_state=0)
    model.fit(x, [prepared.rows[i].targets[HEAD] for i in known])
    return model.decision_function(vectors.transform([prepared.rows[i].text[:6000] for i in unseen]))


def length(prepared: Prepared, seen: Rows, unseen: Rows) -> np.ndarray:
    return prepared.lengths[list(unseen)].astype(np.float64)


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("config")
    parser.add_argument("-p", "--parameter", action="append", default=[])
    parser.add_argument("--folds", type=int, default=5)
    asked = parser.parse_args()
    settings = load_as(Training, asked.config, asked.parameter)
    prepared = prepare(read(settings)[0], settings.folds)
    recipes: dict[str, Recipe] = {
        "length": length,
        "quality": ours(settings, prepared),
        "fastText, FineWeb2-HQ": bare(""),
        "fastText, DCLM": bare(" "),
        "TF-IDF characters + LR": tfidf,
    }
    scored = np.flatnonzero([HEAD in row.targets for row in prepared.rows])
    scored = scored[prepared.folds[scored] < asked.folds]
    truth = np.array([prepared.rows[i].targets[HEAD] for i in scored])
    for name, recipe in recipes.items():
        score, start = np.full(len(prepared.rows), np.nan), time.process_time()
        for fold in range(asked.folds):
            seen = np.flatnonzero(prepared.folds != fold).tolist()
            unseen = [i for i in scored.tolist() if prepared.folds[i] == fold]
            score[unseen] = recipe(prepared, seen, unseen)
        print(f"{name} ({time.process_time() - start:.0f} CPU seconds of this process)")
        for kind in ("language", "data"):
            names = np.array([getattr(prepared.rows[i], kind) for i in scored])
            for of in sorted(set(names.tolist())):
                here = names == of
                if min(truth[here].sum(), (~truth[here]).sum()) >= FEWEST:
                    own = auc(truth[here], score[scored][here])
                    matched = matched_auc(truth[here], score[scored][here], prepared.lengths[scored][here])
                    print(f"    {of:14} {own:.3f}, length matched {matched:.3f}, on {here.sum()}")


if __name__ == "__main__":
    main()
