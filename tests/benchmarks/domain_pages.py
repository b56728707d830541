"""How many pages of the web `domain` flags, and how many of those rightly, on hosts that nothing was trained on.

    python -m tests.benchmarks.domain_pages ../shared/data [build/domain]

The pages are those of the raw crawl and of the sets for extraction, on hosts of the side that is measured
(`tests.benchmarks.web_pages`); `domain_pages.tsv` says of which domain those are that were read. Pages that are flagged
and were not read are listed by their addresses.
"""

import sys
from collections import Counter
from pathlib import Path
from urllib.parse import urlsplit

import numpy as np

from filters.documents import Documents
from filters.domain import Domain
from filters.language import Language
from pipeline.calibration.samples import named, rows_of
from pipeline.calibration.settings import Sample
from shards.schema import GENERAL
from tests.benchmarks.web_pages import MEASURED, digest, judgements, side


def main(data: str, models: str | None = None) -> None:
    domain, known = Domain(models=Path(models) if models else None), judgements()
    paths = [str(Path(data, "rawwarc", "*.warc.gz")), str(Path(data, "extraction", "pages.warc.gz"))]
    steps = [{"name": "extract", "engine": "blocks"}, {"name": "normalize"}]
    source = {"kind": "warc", "name": "web", "paths": paths}
    seen, counts, unread = set(), Counter[str](), []
    for batch in rows_of(Sample.model_validate({"sources": [source], "steps": steps})):
        documents = Documents(named(batch, Language()))
        said = domain.annotate(documents)[1]["domain"].to_pylist()
        for row, found in zip(documents.batch.select(["url", "text", "rejected_by"]).to_pylist(), said, strict=True):
            host = urlsplit(row["url"] or "").hostname
            if row["rejected_by"] or not host or side(host) != MEASURED or row["text"] in seen:
                continue
            seen.add(row["text"])
            counts["pages"] += 1
            if found != GENERAL:
                truth = known.get(digest(row["url"]))
                counts["flagged"] += 1
                counts["right"] += truth == found
                unread += [f"{found} {row['url']}"] if truth is None else []
    print(dict(counts), "flagged", np.round(counts["flagged"] / counts["pages"], 4))
    print("\n".join(unread))


if __name__ == "__main__":
    main(*sys.argv[1:])
