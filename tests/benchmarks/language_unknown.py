"""Languages that no model knows: how many of their texts are kept under a name, and what that costs those known.

    python -m tests.benchmarks.language_unknown

Data: the half of `lid/sentences` of `../shared/data` (or YULIAO_DATA) that nothing was fitted on. Passages: an unknown
language is judged by weights that were fitted without its family (`language_families.tsv`). Documents of 1, 4 and 10
sentences, and `lid/documents`: the filter as it is, and without the bound on `known`.
"""

from collections import Counter, defaultdict
from pathlib import Path

import numpy as np

from filters.base import Range
from filters.language import Language
from filters.languages import ensemble
from filters.languages.familiar import FEATURES
from filters.languages.varieties import close
from pipeline.training.familiar import VARIETY_OF, MeasuredTexts, fit, half, measured, standardised, taken
from pipeline.training.languages import batch, held_out, language_of, rows

FAMILIES = Path(__file__).with_name("language_families.tsv")


def by_family(texts: MeasuredTexts, others: MeasuredTexts) -> None:
    """Print what is kept of the other half, unknown languages by weights fitted without their family."""
    family = dict(line.split("\t") for line in FAMILIES.read_text(encoding="utf-8").splitlines()[1:])
    whole = fit(texts)
    score = standardised(others, whole) @ np.array([whole["weight"][one] for one in FEATURES]) + whole["bias"]
    of = np.array([family.get(one, "") for one in others.language])
    for one in sorted({*of[others.unknown].tolist()}):
        left = texts.unknown & np.array([family.get(name, "") == one for name in texts.language])
        without = fit(taken(texts, ~left))
        mine = others.unknown & (of == one)
        weight = np.array([without["weight"][name] for name in FEATURES])
        score[mine] = standardised(taken(others, mine), without) @ weight + without["bias"]
    for title, part in (("sentences", ~others.passage), ("passages", others.passage)):
        right, unknown = others.right & part, others.unknown & part
        print(f"{title}: kept of known {(score[right] > 0).mean():.3f}, of unknown {(score[unknown] > 0).mean():.3f}")


def kept(name: str, labelled: list[tuple[str, str]]) -> None:
    """Print what is kept of texts in languages known, rightly and wrongly named, and unknown, without and with it."""
    gold = [VARIETY_OF.get(language, language) for language, _ in labelled]
    known = np.isin(gold, ensemble.languages())
    for title, language in (("without", Language(known=Range(undefined="keep"))), ("with", Language())):
        signals, columns = language.annotate(batch([text for _, text in labelled]))
        said = [tag.partition("_")[0] for tag in columns["language"].to_pylist()]
        believed = (np.array(signals["margin"]) >= 0) & ~language.known.broken(signals["known"])
        right = np.array([one in close(other) for one, other in zip(gold, said, strict=True)])
        print(
            f"| {name} | {title} | {(believed & right)[known].mean():.3f} | {(believed & ~right)[known].mean():.3f} |",
            end="",
        )
        print(f" {believed[~known].mean():.3f} of {(~known).sum()} |" if (~known).any() else " |")
    most = Counter(pair for pair, one in zip(zip(gold, said, strict=True), believed & ~known, strict=True) if one)
    print("kept:", ", ".join(f"{one} as {other} {count}" for (one, other), count in most.most_common(12)))


def main() -> None:
    by_family(measured(*half(True)), measured(*half(False)))
    sentences: dict[tuple[str, str], list[str]] = defaultdict(list)
    for row in rows("lid/sentences.jsonl.gz"):
        if held_out(row):
            sentences[row["source"], row["lang"]].append(row["text"])
    print(
        "\n| texts | bound on `known` | known: right and kept | known: wrong and kept | unknown: kept |"
        "\n|---|---|---|---|---|"
    )
    for count in (1, 4, 10):
        documents = [
            (language_of(tag), " ".join(texts[at : at + count]))
            for (_, tag), texts in sorted(sentences.items())
            for at in range(0, len(texts) - count + 1, count)
        ]
        kept(f"{count} sentences", documents)
    kept("documents", [(language_of(row["lang"]), row["text"]) for row in rows("lid/documents.jsonl.gz")])


if __name__ == "__main__":
    main()
