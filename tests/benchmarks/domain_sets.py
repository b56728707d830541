"""Whether a domain's data set is about its domain: what a language model learns from it, and the terms it has.

    python -m tests.benchmarks.domain_sets ../shared/data

For each domain and language a model of trigrams is trained on the set, and one on general text of as many tokens; both
read trusted text of the domain, of repositories that neither has seen (each repository in turn). The less perplexity,
the more the set has taught. Beside it, how many texts have three or more terms of the lists (`filters/lists`) for it.
"""

import gzip
import json
import sys
from collections import defaultdict
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import pyarrow as pa

from filters.documents import Documents
from filters.domain import SUBJECTS
from filters.lists.subjects import find
from filters.models.codes import codes_of
from filters.models.ngrams import trained
from tests.benchmarks.domain_data import LANGUAGES, NAMES, rows

GENERAL = (
    "judging/quality/register.jsonl.gz",
    "judging/quality/weborganizer_en.jsonl.gz",
    "quality/dclm_human.jsonl.gz",
    "lid/documents.jsonl.gz",
)
ENCYCLOPAEDIA = "judging/domain/docs.jsonl.gz"  # of Chinese pages there are too few: subjects that are none of the four
TRUSTED = 30_000  # tokens of trusted text of a repository
FEWEST = 4_000  # tokens of a set, and of what it is tried on


def documents(texts: Sequence[str], language: str) -> Documents:
    columns = {"text": texts, "language": [language] * len(texts)}
    return Documents(pa.record_batch({name: pa.array(column, pa.string()) for name, column in columns.items()}))


def general(data: Path, language: str) -> Iterator[str]:
    """Yield general texts of a language."""
    for name in (*GENERAL, ENCYCLOPAEDIA):
        for line in gzip.decompress((data / name).read_bytes()).splitlines():
            row = json.loads(line)
            spoken = LANGUAGES.get(row.get("lang", ""), row.get("lang"))
            if spoken == language and row["text"].strip() and (name != ENCYCLOPAEDIA or row["domain"] == "other"):
                yield row["text"]


def cut(texts: Sequence[str], language: str, tokens: int) -> list[str]:
    """Return as many of the texts, in order, as have so many tokens."""
    upto = np.cumsum(documents(texts, language).tokens.count)
    return list(texts[: int(np.searchsorted(upto, tokens)) + 1])


def loss(learnt: Sequence[str], trusted: Documents, language: str) -> float:
    """Return the mean loss per token, in nats, on trusted text."""
    every = np.arange(len(trusted))
    perplexity = np.log(trained(documents(learnt, language)).perplexity(trusted, every))
    return float(np.average(np.nan_to_num(perplexity), weights=trusted.tokens.count))


def covered(texts: Sequence[str], language: str, subject: str) -> float:
    """Return the share of texts with three or more terms for a domain."""
    of = documents(texts, language)
    found = find(of, codes_of(of), (subject,))
    different = {(row, term) for row, term in zip(found.documents.tolist(), found.terms.tolist(), strict=True)}
    count = np.bincount([row for row, _ in different], minlength=len(texts))
    return float((count >= 3).mean())


def main() -> None:
    data = Path(sys.argv[1])
    texts: dict[tuple[str, str], dict[str, list[str]]] = defaultdict(lambda: defaultdict(list))
    for row in rows(data):
        language = LANGUAGES.get(row["lang"], row["lang"])
        source = str(row.get("origin") or row.get("source")).partition("@")[0]
        texts[NAMES[row["domain"]], language][source].append(row["text"])
    for language in ("eng_Latn", "zho_Hans"):
        known = {text for (_, of), found in texts.items() if of == language for part in found.values() for text in part}
        web = [text for text in general(data, language) if text not in known]
        for subject in SUBJECTS:
            of = texts[subject, language]
            own, other, weight = 0.0, 0.0, 0.0
            for source, held in of.items():
                learnt = [text for name, found in of.items() if name != source for text in found]
                trusted = documents(cut(held, language, TRUSTED), language)
                tokens = int(documents(learnt, language).tokens.count.sum()) if learnt else 0
                tried = int(trusted.tokens.count.sum())
                if min(tokens, tried) >= FEWEST:
                    own += tried * loss(learnt, trusted, language)
                    other += tried * loss(cut(web, language, tokens), trusted, language)
                    weight += tried
            every = [text for found in of.values() for text in found]
            shares = [f"{covered(one, language, subject):.3f}" for one in (every, web)]
            losses = f"loss {own / weight:.2f}, of general text {other / weight:.2f}" if weight else "too few to try"
            terms = f"texts with terms {shares[0]}, general {shares[1]}"
            print(f"{language} {subject:16} {len(of)} repositories, {losses}; {terms}")


if __name__ == "__main__":
    main()
