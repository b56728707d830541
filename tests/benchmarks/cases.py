"""Inputs on which the product was once wrong (`shared/cases`): by folder, what is right now and what is not.

    python -m tests.benchmarks.cases [--cases ../shared/cases] [FOLDER ...]

What is right of a text stands in `cases.yaml`; of robots.txt, licences, languages and personal data in the files of the
folders. Each thing that is looked at is a check. Without the folder there is nothing to do.
"""

import argparse
import html
import re
import sys
import tempfile
from collections import defaultdict
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import yaml

from dedup.urls import comparison_form
from filters.chain import judge
from filters.language import Language
from filters.license import License
from filters.optouts.robots import Robots
from filters.personal.find import find
from pipeline.answers.trial import recipe_named, trial
from pipeline.errors import PipelineError
from pipeline.extract import Extract, Normalize
from pipeline.sources.base import Row
from pipeline.stages.rights.verdicts import Rights
from shards.addresses import canonical
from shards.schema import DOCUMENT, PAGE, batch_of
from tests.benchmarks import cases_runs
from tests.benchmarks.cases_runs import Check, read_at
from tests.benchmarks.extraction import table

TEXTS = yaml.safe_load(Path(__file__).with_suffix(".yaml").read_text(encoding="utf-8"))
KINDS = {
    ".tex": "latex", ".gz": "latex", ".epub": "epub", ".xml": "jats", ".pdf": "pdf", ".nc": "netcdf", ".json": "jsonl",
    ".jsonl": "jsonl", ".csv": "csv", ".tsv": "csv", ".arrow": "arrow", ".parquet": "parquet", ".warc": "warc",
}  # fmt: skip
DUMP = (
    '<mediawiki version="0.10" xml:lang="{0}"><siteinfo><sitename>T</sitename><dbname>{0}wiki</dbname>'
    "<base>http://{0}.wikipedia.org/wiki/Main</base><namespaces><namespace key='6'>File</namespace></namespaces>"
    "</siteinfo><page><title>T</title><ns>0</ns><id>1</id><revision><id>1</id><model>wikitext</model>"
    "<text>{1}</text></revision></page></mediawiki>"
)


def rows_of(path: Path, **settings: Any) -> list[Row]:
    """Return the rows of a file as its kind of source reads it."""
    if path.suffix == ".wiki":
        text = path.read_text(encoding="utf-8")
        with tempfile.TemporaryDirectory() as folder:
            dump = Path(folder, "dump.xml")
            dump.write_text(DUMP.format("zh" if "-{" in text else "en", html.escape(text)), encoding="utf-8")
            return read_at(str(dump), "mediawiki")
    kind = "mediawiki" if path.parent.name.startswith(("s08", "s09")) else KINDS[path.suffix]
    return read_at(str(path), kind, **settings)


def texts(cases: Path, folder: str) -> Iterator[Check]:
    """Look at the texts of the files that `cases.yaml` names."""
    for name, right in TEXTS.items():
        path = cases / name
        if path.parent.name != folder:
            continue
        try:
            rows = (
                rows_of(path, **{key: right[key] for key in right if key == "fields"}) if path.suffix != ".html" else []
            )
        except PipelineError as error:
            refused = right.get("refused")
            yield Check(f"{path.name} is refused", "" if refused and refused in str(error) else str(error))
            continue
        if path.suffix == ".html":
            page = Extract().page(path.read_bytes(), "text/html")
            rows = [{"text": page.text, "rejected_by": page.reason}]
        text = "\n\n".join(row["text"] or "" for row in rows)
        yield from (
            Check(f"{path.name}: {words}", "" if words in text else "is not there") for words in right.get("has", ())
        )
        yield from (
            Check(f"{path.name}: {words}", "is there" if words in text else "") for words in right.get("lacks", ())
        )
        if "normalized" in right:
            normal, _ = Normalize().normal(text)
            yield Check(f"{path.name}, normalised", "" if right["normalized"] in normal else normal[:80])
        if "rows" in right:
            found = [row.get("rejected_by") or row["text"] for row in rows]
            yield Check(f"{path.name}: its rows", "" if found == right["rows"] else str(found))
        for column, value in right.get("columns", {}).items():
            yield Check(f"{path.name}: {column}", "" if rows[0][column] == value else str(rows[0][column]))
        if not right:
            yield Check(f"{path.name} is read or rejected")


def pages(cases: Path, folder: str) -> Iterator[Check]:
    """Every record of a WARC is its page; those named in `expected.txt` as cut or wrong may be left out."""
    arguable = {"gzip-truncated", "chunk-ext-short", "small", "203"}
    for path in sorted((cases / folder).glob("*.warc*")):
        for row in read_at(str(path), "warc"):
            name = (row["url"] or "").rpartition("/")[2]
            whole = (row.get("payload") or b"").startswith(b"<html><head><title>")
            angles = "<" in (row["url"] or "")
            yield Check(
                f"{path.name}: {name}",
                "" if name in arguable or (whole and not angles) else str(row.get("rejected_by")),
            )


def expected_lines(cases: Path, folder: str, mark: str) -> list[list[str]]:
    lines = (cases / folder / "expected.txt").read_text(encoding="utf-8").splitlines()
    return [re.split(f" ?{mark} ?", line) for line in lines if mark in line and not line.startswith("Each")]


def robots(cases: Path, folder: str) -> Iterator[Check]:
    for line in expected_lines(cases, folder, "·"):
        name, agent, rest = line
        url, access = rest.split(" → ")
        allowed = Robots((cases / folder / name).read_bytes()).allowed(agent, canonical(url) or url)
        raw = Robots((cases / folder / name).read_bytes()).allowed(agent, url)
        wrong = access != "None" and (str(allowed) != access or str(raw) != access)
        yield Check(f"{name} {url}", f"{allowed}, as written {raw}" if wrong else "")


SAME = [
    ("http://EXAMPLE.com:80/%7Esmith/home.html", "http://exa%6Dple.com/%7esmith/home.html"),
    ("http://x.example./a", "http://x.example/a"),
    ("http://faß.de/", "http://xn--fa-hia.de/"),
    ("http://日本語.example/パス", "http://xn--wgv71a119e.example/%E3%83%91%E3%82%B9"),
    ("http://ex\u00adample.com/", "http://example.com/"),
    ("http://x.example/a/../../b", "http://x.example/b"),
]
SAME_KEY = [
    ("http://user:pw@x.example/a", "http://x.example/a"),  # no link of a page is followed with a password
    ("http://x.example/a;jsessionid=AB?x=1", "http://x.example/a?x=1"),
    ("http://x.example/?PHPSESSID=abc&id=4", "http://x.example/?id=4"),
    ("http://x.example/?utm_source=a&id=4&utm_medium=b", "http://x.example/?id=4"),
]
APART = [
    ("http://x.example/a%2Fb", "http://x.example/a/b"),
    ("http://x.example/a%2Fb", "http://x.example/a%252Fb"),
    ("http://x.example/?q=a%2Bb", "http://x.example/?q=a+b"),
    ("http://x.example/p#!/route", "http://x.example/p"),
]
NO_ADDRESS = ["http://x.example:99999/a", "http://example.com%2Fevil.example/"]


def addresses(cases: Path, folder: str) -> Iterator[Check]:
    for one, other in SAME:
        keys = canonical(one), canonical(other)
        yield Check(f"{one} is {other}", "" if keys[0] == keys[1] else str(keys))
    for one, other in [*SAME, *SAME_KEY]:
        keys = comparison_form(one), comparison_form(other)
        yield Check(f"duplicates: {one} is {other}", "" if keys[0] == keys[1] else str(keys))
    for one, other in APART:
        keys = comparison_form(one), comparison_form(other)
        yield Check(f"duplicates: {one} is not {other}", "" if keys[0] != keys[1] else str(keys))
    for url in NO_ADDRESS:
        yield Check(f"{url} is none", str(canonical(url) or ""))


def no_person(cases: Path, folder: str) -> Iterator[Check]:
    arguable = ("test number", "specimen")
    for line in (cases / folder / "in.txt").read_text(encoding="utf-8").splitlines():
        found = [line[span.start : span.end] for span in find(line)]
        yield Check(line[:60], str(found) if found and not any(word in line for word in arguable) else "")


def persons(cases: Path, folder: str) -> Iterator[Check]:
    content = (cases / folder / "in.tsv").read_text(encoding="utf-8")
    for kind, text in re.findall(r"^([^\t\n]+)\t((?:.*\n?)(?:(?!.*\t).*\n?)*)", content, re.MULTILINE):
        arguable = kind in ("cn addr", "ipv4 priv")
        yield Check(kind, "" if arguable or find(text) else text.strip())


# The licences that a page may be given; None: none, or one that is not accepted.
LICENCES: dict[str, tuple[str | None, ...]] = {
    "by-sa-named-cc": ("CC-BY-SA-3.0",), "by-3-de-port": ("CC-BY-3.0-DE",), "by-4-unported": ("CC-BY-4.0",),
    "cc-by-no-version": (None, "LicenseRef-CC", "LicenseRef-CC-BY"), "arr-theme-cc-article": ("CC-BY-SA-4.0",),
    "arr-and-cc-footer": (None, "CC-BY-4.0", "CC-BY-SA-4.0"), "gfdl-dual": ("GFDL-1.2-or-later",),
    "zh-4": ("CC-BY-4.0",), "zh-csdn": ("CC-BY-SA-4.0",), "cc0-badge": ("CC0-1.0",), "ogl": ("OGL-UK-3.0",),
    "pd-mark": ("PDM", "LicenseRef-PDM", "CC-PDM-1.0"), "code-mit-docs-cc": ("CC-BY-4.0",), "wiki": ("CC-BY-SA-4.0",),
    "cc-http-typo": (None, "CC-BY-4.0"), "cc-uppercase": ("CC-BY-4.0",), "es-dual": ("CC-BY-SA-4.0 OR GFDL-1.3-only",),
}  # fmt: skip
SURE = Rights().confidence
STRICTER = {
    "ms": "CC-BY-NC-ND-4.0", "da": "CC-BY-SA-4.0", "ca": "CC-BY-NC-ND-4.0", "bg": "CC-BY-NC-ND-3.0",
    "fi": "CC-BY-NC-SA-3.0",
}  # fmt: skip


def judged(page: bytes, headers: list[tuple[str, str]], name: str = "page") -> dict[str, Any]:
    row = {
        "id": name,
        "source_id": name,
        "text": "",
        "source": "web",
        "url": f"https://{name}.example/p",
        "payload": page,
    }
    row |= {"content_type": "text/html", "headers": [{"name": key, "value": value} for key, value in headers]}
    (found,) = judge([License()], batch_of([row], PAGE)).documents.to_pylist()
    return dict(found)


def licences(cases: Path, folder: str) -> Iterator[Check]:
    for path in sorted((cases / folder).glob("*.html")):
        found = judged(path.read_bytes(), [])
        sure = found["license_confidence"] is not None and not SURE.broken(np.array([found["license_confidence"]]))[0]
        wanted = LICENCES.get(path.stem, (None,))
        # One page cannot show that its footer speaks for the host; what no page may be given is asked as `rights` asks.
        given = found["license"] if not found["rejected_by"] and (sure or wanted != (None,)) else None
        if folder.startswith("s10"):
            right = given in (None, STRICTER[path.stem]) and found["license"] in (
                None,
                "LicenseRef-CC",
                STRICTER[path.stem],
            )
        else:
            right = given in wanted
        yield Check(path.name, "" if right else f"{found['license']}, {found['rejected_by'] or 'accepted'}")


def opt_outs(cases: Path, folder: str) -> Iterator[Check]:
    source = (cases / folder / "cases.py").read_text(encoding="utf-8")
    given: dict[str, Any] = {}
    exec("art=" + source.partition("\nart=")[2].partition("\nrows=")[0], given)  # our own file
    for name, (page, headers, right) in given["V"].items():
        found = judged(page.encode(), headers, name)
        in_words = any(item["kind"] == "words" for item in found["evidence"] or ())  # a flag: docs/decisions/rights.md
        reserved = bool(found["rejected_by"]) or (in_words and name.startswith("text-"))
        yield Check(name, "" if right is None or reserved == bool(right) else "kept" if right else found["rejected_by"])


def languages(cases: Path, folder: str) -> Iterator[Check]:
    lines = [line.split("\t") for line in (cases / folder / "in.tsv").read_text(encoding="utf-8").splitlines()]
    for name, text, wanted in lines:
        label, kept = language_of(eval(text))  # literals of our own file
        right = not kept or label in ("zxx", "und") if wanted == "None" else label == wanted
        yield Check(name, "" if right else f"{label}, {'kept' if kept else 'rejected'}, for {wanted}")


def language_of(text: str) -> tuple[str | None, bool]:
    rows = [{"id": "0", "text": text, "source": "", "source_id": ""}]
    (found,) = judge([Language()], batch_of(rows, DOCUMENT)).documents.to_pylist()
    return found["language"], found["rejected_by"] is None


def sentences_around(cases: Path, folder: str) -> Iterator[Check]:
    for path in sorted((cases / folder).glob("*.txt")):
        if path.name != "expected.txt":
            label, kept = language_of(path.read_text(encoding="utf-8"))
            wanted = "zho_Hans" if path.stem.endswith("zh") else "eng_Latn"
            yield Check(path.name, "" if label == wanted and kept else f"{label}, {'kept' if kept else 'rejected'}")


def natural(cases: Path, folder: str) -> Iterator[Check]:
    """Judge natural texts by the quickstart; their rights are not asked here."""
    recipe = recipe_named("configs/quickstart.yaml")
    for path in sorted((cases / folder).glob("*.txt")):
        if path.stem not in ("expected", "timetable"):
            broken = [
                one.name for one in trial(recipe, path).measurements if one.outcome in ("rejects", "would_reject")
            ]
            reasons = [name for name in broken if not name.startswith("license.")]
            yield Check(path.name, "" if path.stem in ("song-repeat", "code-py") else ", ".join(reasons))


def normalised(cases: Path, folder: str) -> Iterator[Check]:
    for name, right in expected_lines(cases, folder, "→"):
        text = (cases / folder / name).read_bytes().decode("utf-8")
        found, _ = Normalize().normal(text)
        yield Check(name, f"{text!r} → {found!r} ({right})" if not NORMAL[name](text, found) else "")


def same(text: str, found: str) -> bool:
    return text.strip() == found


NORMAL: dict[str, Callable[[str, str], bool]] = defaultdict(lambda: lambda text, found: bool(found))
NORMAL |= {
    "mojibake-upper.txt": lambda text, found: found == "Colombia, PUERTO BOYACÁ, Boyacá. Puerto Boyacá.",
    "S.a_r.l..txt": lambda text, found: found in (text.strip(), "S.à r.l."),
    "ongeevenaard.txt": lambda text, found: found == "ongeëvenaard",
    "true_A-tilde.txt": same, "vietnamese_caps.txt": same, "fi_lig.txt": same, "arabic_tatweel.txt": same,
    "html_entities_in_text.txt": same, "private_use.txt": same, "ideographic_variation.txt": same,
    "quote_mojibake.txt": lambda text, found: found == "yes it’s true; it doesn’t get “better”.",
    "persian_zwnj.txt": lambda text, found: text.count("\u200c") == found.count("\u200c"),
    "emoji_zwj.txt": lambda text, found: text.count("\u200d") == found.count("\u200d"),
    "soft_hyphen.txt": lambda text, found: found == "cooperation",
    "rtl_marks.txt": lambda text, found: not re.search("[\u200e\u200f\u202a-\u202e\u2066-\u2069]", found),
    "hangul_jamo.txt": lambda text, found: "한글" in found,
    "combining.txt": lambda text, found: "étude" in found,
    "compat_ideograph.txt": lambda text, found: "類" in found,
    "angstrom.txt": lambda text, found: "\u00c5" in found,
    "ideographic_space_indent.txt": lambda text, found: not found.startswith("\u3000"),
    "tabs_code.txt": lambda text, found: "\n\t" in found,
    "nbsp_number.txt": lambda text, found: found == "10 000 km",
    "line_sep.txt": lambda text, found: "\n" in found and "\u2028" not in found,
    "vertical_tab_form_feed.txt": lambda text, found: "\n" in found,
    "thai_zwsp.txt": lambda text, found: text.count("\u200b") == found.count("\u200b"),
    "BOM_inside.txt": lambda text, found: found == "ab",
    "cp1252_c1.txt": lambda text, found: found == "it’s",
    "tag_chars.txt": lambda text, found: not re.search("[\U000e0000-\U000e007f]", found),
}  # fmt: skip


LOOK: dict[str, Callable[[Path, str], Iterator[Check]]] = {
    "18": pages, "19": pages, "s11": pages, "22": robots, "24": addresses, "25": no_person, "26": persons,
    "27": licences, "s10": licences, "28": languages, "29": natural, "30": cases_runs.duplicates,
    "31": sentences_around, "32": normalised, "34": cases_runs.from_a_server, "35": opt_outs,
}  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cases", type=Path, default=Path("../shared/cases"))
    parser.add_argument("folders", nargs="*")
    given = parser.parse_args()
    if not given.cases.is_dir():
        print(f"{given.cases} is not there")
        return
    rows: list[tuple[str, str, str, str, str]] = []
    looked_at = wrong_ones = 0
    for folder in sorted(path.name for path in given.cases.iterdir() if path.is_dir()):
        if given.folders and not folder.startswith(tuple(given.folders)):
            continue
        checks = list(LOOK.get(folder.partition("-")[0], texts)(given.cases, folder))
        wrong = [check for check in checks if check.why]
        for check in wrong:
            print(f"{folder}: {check.what}: {check.why}", file=sys.stderr)
        looked_at, wrong_ones = looked_at + len(checks), wrong_ones + len(wrong)
        counts = map(str, (len(checks), len(checks) - len(wrong), len(wrong)))
        rows.append((folder, *counts, "; ".join(check.what for check in wrong)))
    print(table(("folder", "looked at", "right", "wrong", "which"), rows))
    print(f"{len(rows)} folders, {looked_at} checks, {wrong_ones} wrong")


if __name__ == "__main__":
    main()
