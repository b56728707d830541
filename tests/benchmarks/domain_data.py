"""Lay the development data out as the collections that `configs/domains` reads: a folder a domain.

    python -m tests.benchmarks.domain_data ../shared/data build/domains

NAME/texts/         texts.jsonl: texts whose licence the data state, with that licence as SPDX spells it
NAME/unlicensed/    texts.jsonl: the others, for a release that says so
NAME/articles/      articles of JATS, which state theirs
NAME/pages          a link to the crawl, of which the step `domain` keeps what is of the domain
NAME/records/       the samples of records that the tests hold
"""

import gzip
import json
import shutil
import sys
import tarfile
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

SAMPLES = Path("tests/pipeline/records/samples")
NAMES = {"life_health": "life_health", "materials": "materials", "weather": "meteorology", "fluid": "fluid_mechanics"}
RECORDS = {
    "life_health": ("articles.xml", "studies.json", "labels.json"),
    "materials": ("structures.json", "quartz.cif"),
    "meteorology": ("reports.txt", "discussion.txt"),
    "fluid_mechanics": ("cavity", "cavity.vtk", "channel.dat"),
}
LANGUAGES = {"en": "eng_Latn", "es": "spa_Latn", "pl": "pol_Latn"}
# What the data say of a licence begins so; texts that stay their publishers', whatever labels on them are, have none.
LICENCES = (
    ("MIT (annotations)", None),
    ("MIT repo", None),
    ("CC0-1.0", "CC0-1.0"),
    ("CC-BY-SA-4.0", "CC-BY-SA-4.0"),
    ("CC-BY-4.0", "CC-BY-4.0"),
    ("CC-BY (", "CC-BY-4.0"),
    ("Apache-2.0", "Apache-2.0"),
    ("MIT", "MIT"),
    ("LGPL-2.1", "LGPL-2.1-only"),
    ("LGPL-3.0", "LGPL-3.0-only"),
    ("US Government work", "LicenseRef-USGov-105"),
)


def licence(stated: str | None) -> str | None:
    """Return the SPDX identifier of what the data state, or None."""
    return next((spdx for beginning, spdx in LICENCES if (stated or "").startswith(beginning)), None)


def rows(data: Path) -> Iterator[dict[str, Any]]:
    """Yield the texts of the domains, and those only."""
    for name in ("judging/domain/docs.jsonl.gz", "domain/docs.jsonl.gz"):
        for line in gzip.decompress((data / name).read_bytes()).splitlines():
            row = json.loads(line)
            if row["domain"] in NAMES and row["text"].strip():
                yield row


def lay(data: Path, out: Path) -> Counter[tuple[str, str]]:
    """Write the folders; return how many texts of each domain went where."""
    shutil.rmtree(out, ignore_errors=True)
    counts: Counter[tuple[str, str]] = Counter()
    written: dict[tuple[str, str], list[str]] = {}
    for row in rows(data):
        domain, stated = NAMES[row["domain"]], licence(row.get("licence"))
        if row.get("raw_xml"):
            kind, place = "articles", out / domain / "articles" / f"{row['id']}.xml"
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_text(row["raw_xml"], encoding="utf-8")
        else:
            kind = "texts" if stated else "unlicensed"
            text = {"id": row["id"], "text": row["text"], "title": row.get("title"), "license": stated}
            text |= {"language": LANGUAGES.get(row["lang"], row["lang"])}
            written.setdefault((domain, kind), []).append(json.dumps(text, ensure_ascii=False))
        counts[domain, kind] += 1
    for (domain, kind), lines in written.items():
        place = out / domain / kind / "texts.jsonl"
        place.parent.mkdir(parents=True)
        place.write_text("\n".join(lines) + "\n", encoding="utf-8")
    for domain, names in RECORDS.items():
        _records(out / domain, names)
        (out / domain / "pages").symlink_to((data / "rawwarc").resolve())
    return counts


def _records(folder: Path, names: tuple[str, ...]) -> None:
    for name in names:
        place = folder / "records" / Path(name).stem
        place.mkdir(parents=True, exist_ok=True)
        if (SAMPLES / name).is_dir():
            with tarfile.open(place / f"{name}.tar", "w") as archive:
                archive.add(SAMPLES / name, name)
        else:
            shutil.copyfile(SAMPLES / name, place / name)


if __name__ == "__main__":
    for (domain, kind), count in sorted(lay(Path(sys.argv[1]), Path(sys.argv[2])).items()):
        print(f"{domain} {kind}: {count}")
