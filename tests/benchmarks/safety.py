"""How well `safety` tells abuse, sentence by sentence and in sets of posts, and what it flags that it should not.

    python -m tests.benchmarks.safety functions [--models build/safety]      AUC by language and function
    python -m tests.benchmarks.safety posts configs/training/safety.yaml     out of fold, beside bare fastText
    python -m tests.benchmarks.safety pages DATA [--models build/safety]     flags on medicine, law, news, history
    python -m tests.benchmarks.safety speed DATA                             CPU beside bare fastText

`functions` are this project's sentences (`safety_functions.yaml`); with a configuration behind it, a bag of words that
is trained on its posts stands beside. `posts` divides rows as `train-quality` does.
"""

import argparse
import gzip
import json
import tempfile
import time
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import xxhash
import yaml

from filters.chain import judge
from filters.documents import Documents
from filters.models.fasttext_file import loaded
from filters.models.heads import mean_votes, votes_of
from filters.safety import Safety
from pipeline.config import load_as
from pipeline.training.fasttext_child import Job, train
from pipeline.training.head_figures import auc
from pipeline.training.head_rows import prepare, read
from pipeline.training.head_settings import Training
from shards.schema import PAGE, batch_of

Floats = npt.NDArray[np.float64]
FUNCTIONS = Path(__file__).with_name("safety_functions.yaml")
FEW = 10
SPACED = "\u200b"


def batch(texts: Sequence[str], languages: Sequence[str], domains: Sequence[str | None] = ()) -> pa.RecordBatch:
    """Return a batch of pages."""
    rows = [
        {"id": f"{i:032x}", "source": "benchmark", "source_id": str(i), "text": text, "language": language}
        for i, (text, language) in enumerate(zip(texts, languages, strict=True))
    ]
    for row, domain in zip(rows, domains, strict=False):
        row["domain"] = domain or "general"
    return batch_of(rows, PAGE)


def functions(safety: Safety) -> dict[str, tuple[list[tuple[str, str, bool]], Floats]]:
    """Return by language the cases (sentence, function, whether it is hateful) and their scores."""
    found = {}
    for language, of in yaml.safe_load(FUNCTIONS.read_text(encoding="utf-8")).items():
        cases = list(_cases(of, language))
        documents = Documents(batch([text for text, _, _ in cases], [language] * len(cases)))
        found[language] = cases, np.nan_to_num(np.asarray(safety.measure(documents)["abusive"], np.float64))
    return found


def _cases(of: dict[str, Any], language: str) -> Iterator[tuple[str, str, bool]]:
    for hateful, kind in ((True, "hateful"), (False, "not")):
        for function, templates in of[kind].items():
            for template in templates:
                for group in of["groups"] if "{g}" in template else of["groups"][:1]:
                    text = template.replace("{g}", group)
                    yield text, function, hateful
                    if hateful and function in ("dehumanised", "demand"):
                        yield from ((spelt, f"spelling {how}", True) for how, spelt in _spelt(text, language))


def _spelt(text: str, language: str) -> Iterator[tuple[str, str]]:
    if language.endswith("Latn"):
        middle = str.maketrans("eoi", "301")
        yield (
            "leet",
            " ".join(
                word[0] + word[1:-1].translate(middle) + word[-1] if len(word) > 2 else word for word in text.split()
            ),
        )
        longest = max(text.split(), key=len)
        yield "apart", text.replace(longest, "-".join(longest))
    if language.startswith("zho"):
        yield "apart", "*".join(text)
    yield "unseen", SPACED.join(text) if language.startswith("zho") else text.replace("a", f"a{SPACED}")
    yield "width", "".join(chr(ord(c) + 0xFEE0) if "!" <= c <= "~" else c for c in text)


def show_functions(safety: Safety, bag: Path | None) -> None:
    """Print AUC by language, and the mean score of each function."""
    words = _bag(bag) if bag else None
    for language, (cases, scores) in functions(safety).items():
        truth = np.array([hateful for _, _, hateful in cases])
        beside = f"  bag of words {auc(truth, words([text for text, _, _ in cases])):.3f}" if words else ""
        print(f"{language}: {len(cases)} sentences, AUC {auc(truth, scores):.3f}{beside}")
        by_function = defaultdict(list)
        for (_, function, hateful), score in zip(cases, scores, strict=True):
            by_function["+" * hateful + function].append(score)
        print("   ", ", ".join(f"{name} {np.mean(some):.2f}" for name, some in by_function.items()))


def _bag(config: Path) -> Any:
    """Return what scores texts by fastText on plain words, trained on the labels of a configuration."""
    import fasttext

    rows, _ = read(load_as(Training, str(config), ()))
    with tempfile.TemporaryDirectory() as folder:
        lines = Path(folder, "lines.txt")
        posts = [row for row in rows if row.data in ("judged", "posts")]
        posts.sort(key=lambda row: xxhash.xxh3_64_intdigest(row.text.encode()))
        lines.write_text("".join(f"__label__{int(row.targets['abusive'])} {_plain(row.text)}\n" for row in posts))
        model = fasttext.train_supervised(
            str(lines), dim=16, epoch=6, lr=0.5, wordNgrams=2, bucket=1 << 18, minCount=2, thread=1, verbose=0
        )

    def scores(texts: Sequence[str]) -> Floats:
        return np.array(
            [
                {label: p for p, label in model.f.predict(_plain(text) + "\n", 2, 0.0, "strict")}.get("__label__1", 0)
                for text in texts
            ]
        )

    return scores


def _plain(text: str) -> str:
    spaced = "".join(f" {c} " if "\u3400" <= c <= "\u9fff" else c for c in text.lower())
    return " ".join(spaced.split())


def show_posts(settings: Training) -> None:
    """Print AUC out of fold, by data set and language: these heads, and fastText on words and their characters."""
    import fasttext

    rows, _ = read(settings)
    prepared = prepare(rows, settings.folds, settings.reads)
    ours, theirs = np.full((2, len(rows)), np.nan)
    truth = np.array([row.targets["abusive"] for row in rows])
    posts = np.array([row.data in ("judged", "posts") for row in rows])
    with tempfile.TemporaryDirectory() as folder:
        lines, model = Path(folder, "lines.txt"), Path(folder, "model.ftz")
        for fold in range(settings.folds):
            seen, unseen = np.flatnonzero(prepared.folds != fold), np.flatnonzero((prepared.folds == fold) & posts)
            lines.write_text("\n".join(prepared.examples(seen.tolist())) + "\n", encoding="utf-8")
            train(Job(lines=str(lines), model=str(model), **settings.learning.model_dump()))
            ours[unseen] = mean_votes(votes_of(loaded.__wrapped__(model), ("abusive",)), prepared.codes, unseen)[:, 0]
            lines.write_text("".join(f"__label__{int(truth[i])} {_plain(rows[i].text)}\n" for i in seen if posts[i]))
            bare = fasttext.train_supervised(
                str(lines), dim=16, epoch=5, lr=0.5, minn=2, maxn=4, bucket=1 << 18, minCount=2, thread=1, verbose=0
            )
            for i in unseen:
                said = {label: p for p, label in bare.f.predict(_plain(rows[i].text) + "\n", 2, 0.0, "strict")}
                theirs[i] = said.get("__label__1", 0)
    names = np.array([f"{row.data} {row.language}" for row in rows])
    for name in sorted(set(names[posts].tolist())):
        here = (names == name) & ~np.isnan(ours)
        if min(truth[here].sum(), (~truth[here]).sum()) >= FEW:
            own, other = auc(truth[here], ours[here]), auc(truth[here], theirs[here])
            print(f"{name}: {here.sum()} rows, AUC {own:.3f}, bare fastText {other:.3f}")


def pages(data: Path) -> Iterator[tuple[str, str, str, str | None]]:
    """Yield ordinary texts: what they are about, language, text, domain."""

    def rows(*names: str) -> Iterator[dict[str, Any]]:
        for line in gzip.decompress(data.joinpath(*names).read_bytes()).splitlines():
            yield json.loads(line)

    for row in rows("judging", "domain", "docs.jsonl.gz"):
        if row["domain"] == "life_health":
            yield "medicine", row["lang"], row["text"], "life_health"
            yield "medicine, domain unknown", row["lang"], row["text"], None
        elif "cmrc" in row["origin"]:
            yield "encyclopaedia", row["lang"], row["text"], None
        else:
            yield "science, software", row["lang"], row["text"], None
    for row in rows("judging", "quality", "register.jsonl.gz"):
        for register, name in (
            ("ne", "news"),
            ("lt", "law"),
            ("nb", "blogs"),
            ("en", "encyclopaedia"),
            ("op", "opinion"),
            ("ra", "research"),
        ):
            if register in (row["registers"] or ()):
                yield f"{name} (register)", row["lang"], row["text"], None
    for row in rows("judging", "quality", "weborganizer_en.jsonl.gz"):
        if row["topic"] in TOPICS:
            yield f"{TOPICS[row['topic']]} (en)", row["lang"], row["text"], None
    for row in rows("lid", "documents.jsonl.gz"):
        yield "news, encyclopaedia (lid)", row["lang"], row["text"], None


TOPICS = {
    "Health": "medicine",
    "Crime & Law": "law",
    "History": "history",
    "Politics": "politics",
    "Religion": "religion",
}


def show_pages(safety: Safety, data: Path) -> None:
    """Print what share of ordinary texts is flagged, by subject, and by which signals; some examples."""
    every = list(pages(data))
    flags: dict[str, list[list[str]]] = defaultdict(list)
    by_language: Counter[str] = Counter()
    for first in range(0, len(every), 500):
        part = every[first : first + 500]
        judged = judge([safety], batch([row[2] for row in part], [row[1] for row in part], [row[3] for row in part]))
        for row, flagged in zip(part, judged.documents["flagged_by"].to_pylist(), strict=True):
            flags[row[0]].append(flagged or [])
            by_language[row[1]] += bool(flagged)
    for name, some in sorted(flags.items()):
        why = Counter(flag for flagged in some for flag in flagged)
        print(f"{name}: {len(some)} texts, flagged {np.mean([bool(one) for one in some]):.4f} {dict(why)}")
    print("flagged by language:", dict(by_language.most_common(20)))


def show_speed(safety: Safety, data: Path) -> None:
    """Print documents per CPU second of `safety` after segmentation, and of bare fastText with subwords."""
    import fasttext

    texts = [row for row in pages(data) if row[1] in ("eng_Latn", "zho_Hans")][:600]
    documents = [
        Documents(batch([row[2] for row in texts[i : i + 256]], [row[1] for row in texts[i : i + 256]]))
        for i in range(0, len(texts), 256)
    ]
    for one in documents:
        _ = one.tokens.words
    with tempfile.TemporaryDirectory() as folder:
        lines = Path(folder, "lines.txt")
        lines.write_text("".join(f"__label__{i % 2} {_plain(row[2])}\n" for i, row in enumerate(texts[:400])))
        bare = fasttext.train_supervised(
            str(lines), dim=16, epoch=1, minn=2, maxn=4, bucket=1 << 18, thread=1, verbose=0
        )
    plain = [_plain(row[2]) for row in texts]
    spent = {"safety": 0.0, "fastText": 0.0}
    safety.measure(documents[0])
    for _ in range(3):
        began = time.process_time()
        for one in documents:
            safety.measure(one)
        spent["safety"] += time.process_time() - began
        began = time.process_time()
        bare.predict(plain, k=2)
        spent["fastText"] += time.process_time() - began
    print(
        {name: round(3 * len(texts) / cpu) for name, cpu in spent.items()},
        f"ratio {spent['fastText'] / spent['safety']:.2f}",
    )


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("what", choices=["functions", "posts", "pages", "speed"])
    parser.add_argument("where", nargs="?", type=Path)
    parser.add_argument("--models", type=Path)
    asked = parser.parse_args()
    safety = Safety(models=asked.models)
    if asked.what == "functions":
        show_functions(safety, asked.where)
    elif asked.what == "posts":
        show_posts(load_as(Training, str(asked.where), ()))
    elif asked.what == "pages":
        show_pages(safety, asked.where)
    else:
        show_speed(safety, asked.where)


if __name__ == "__main__":
    main()
