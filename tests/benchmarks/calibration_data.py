"""Lay the development data out as the samples that `configs/calibration.yaml` names: JSON Lines in one folder.

    python -m tests.benchmarks.calibration_data ../shared/data build/calibration

documents.jsonl    main texts as people or templates cut them out, textbooks, manuals: whole documents in lines
paragraphs.jsonl   news and encyclopaedia texts that were stored without their lines
sentences.jsonl    the same sentences in 200 languages, four to a document, one a line
chinese_web.jsonl  unfiltered Chinese web texts
furniture.jsonl    what pages show beside their main text: menus, teasers, footers, notices
lists.jsonl        pages that are no running text: listings, collections, shop pages
mechanical.jsonl   junk made of the sentences: menus, stuffed keywords, tables of numbers, fragments

Nothing of it is for shipping. `id` is `group/number`: the part before the slash is never divided between the half
that is fitted on and the half that is reported.
"""

import gzip
import json
import re
import sys
import tarfile
from collections import Counter, defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pyarrow as pa
from selectolax.lexbor import LexborHTMLParser

from filters.languages.labels import canonical, scripts_of
from filters.text.charset import decode
from pipeline.extract.extract import ENGINES
from pipeline.extract.page import Page
from pipeline.training.annotated_pages import samples

SENTENCES = 4  # of a made-up document
PER_HOST = 30  # pages of a documentation site in one language; they are all alike
PROSE = {"article", "documentation", "technical", "forum", None}
LISTS = {"listing", "collection", "product"}

Row = dict[str, Any]


def rows(path: Path) -> Iterator[Row]:
    """Yield the rows of a packed file of the data."""
    yield from map(json.loads, gzip.decompress(path.read_bytes()).splitlines())


def tags(data: Path) -> dict[str, str]:
    """Return the tag (`fin_Latn`) of every short label of the data (`fi`); what may be two (`zh`) has none."""
    found = {row["iso639_1"]: row["lang"] for row in rows(data / "lid/sentences.jsonl.gz") if row["iso639_1"]}
    found |= {row["lang"]: row["lang"] for row in rows(data / "lid/sentences.jsonl.gz")}
    found |= {"zh-Hans": "zho_Hans", "zh-Hant": "zho_Hant", "pt-BR": "por_Latn", "no": "nob_Latn", "sr": "", "zh": ""}
    found |= {"en": "eng_Latn", "ar": "arb_Arab", "fa": "pes_Arab", "ms": "zsm_Latn", "sw": "swh_Latn"}
    return {label: canonical(tag) for label, tag in found.items() if tag}


def pages(data: Path, known: dict[str, str]) -> Iterator[tuple[str, Row]]:
    """Yield the pages with annotated main text: the text itself, and what stands beside it."""
    for truth, html in samples(data):
        if not truth["gt_kind"].startswith(("full", "template")):
            continue
        language = known.get(truth["lang"]) if truth["lang_source"] == "publisher" else None
        host = urlsplit(truth["url"]).hostname or ""
        group = truth["id"] if host.endswith(".bench.invalid") or not host else host  # whose address is not known
        if "lorem ipsum" in truth["text"].lower():
            continue
        row = {
            "id": f"{group}/{truth['id']}",
            "url": None if group == truth["id"] else truth["url"],
            "language": language,
            "text": truth["text"],
        }
        yield ("lists" if truth["page_type"] in LISTS else "documents"), row
        rest = beside(html, truth["text"])
        if len(rest) >= 200 and truth["page_type"] in PROSE:
            yield "furniture", row | {"text": rest}


def beside(html: str, main: str) -> str:
    """Return the lines that a page shows and that are not in its main text."""
    tree = LexborHTMLParser(html)
    tree.strip_tags(["script", "style", "noscript", "template", "svg", "select"])
    body = squeezed(main)
    lines = [squeezed(line) for line in (tree.body.text(separator="\n") if tree.body else "").splitlines()]
    return "\n".join(line for line in lines if line and line not in body)


def squeezed(text: str) -> str:
    """Return the text with every run of white space as one space."""
    return re.sub(r"\s+", " ", text).strip()


def manuals(data: Path, known: dict[str, str]) -> Iterator[Row]:
    """Yield pages of the documentation site, by our own extraction."""
    taken: Counter[tuple[str, str]] = Counter()
    index = {
        row["path"]: row
        for row in rows(data / "site/site_index.jsonl.gz")
        if row["html"] and not row["symlink"] and row["lang"] and (row["translated_frac"] or 0) >= 0.9
    }
    with pa.input_stream(str(data / "site/site.tar.zst"), compression="zstd") as stream:
        for name, content in members(stream):
            row = index.get(name)
            if row is None or (language := known.get(row["lang"])) is None:
                continue
            host = str(urlsplit(row["url"]).hostname)
            if taken[host, language] >= PER_HOST:
                continue
            text = ENGINES["blocks"](Page(decode(content, "text/html").text))
            if len(text) >= 500:
                taken[host, language] += 1
                yield {"id": f"{host}/{name}", "url": row["url"], "language": language, "text": text}


def members(stream: Any) -> Iterator[tuple[str, bytes]]:
    """Yield the files of a tar archive."""
    with tarfile.open(fileobj=stream, mode="r|") as archive:
        for member in archive:
            if member.isfile() and (file := archive.extractfile(member)):
                yield member.name.removeprefix("./"), file.read()


def textbooks(data: Path, known: dict[str, str]) -> Iterator[Row]:
    """Yield scientific documents; a repository is a group."""
    for row in rows(data / "domain/docs.jsonl.gz"):
        # Not what is elsewhere in the pack, and not the bulletins in code and capitals of weather services.
        if not row["source"].startswith(("xquad", "masakhanews", "akrherz")) and len(row["text"]) >= 500:
            yield {"id": f"{row['source'].replace('/', '-')}/{row['id']}", "url": None} | {
                "language": known.get(row["lang"]),
                "text": row["text"],
            }


def paragraphs(data: Path) -> Iterator[Row]:
    """Yield news and encyclopaedia texts; five paragraphs in a row are of one article."""
    numbers: Counter[str] = Counter()
    for row in rows(data / "lid/documents.jsonl.gz"):
        number = numbers[row["lang"] + row["source"]]
        numbers[row["lang"] + row["source"]] += 1
        group = f"{row['source']}-{number // 5 if row['source'] == 'xquad' else number}"
        yield {"id": f"{group}/{row['id']}", "url": None, "language": canonical(row["lang"]), "text": row["text"]}


def sentences(data: Path) -> Iterator[Row]:
    """Yield documents of consecutive sentences, in the languages that the language model can name."""
    of: dict[str, dict[int, str]] = defaultdict(dict)
    for row in rows(data / "lid/sentences.jsonl.gz"):
        if row["source"] == "sib200" and nameable(canonical(row["lang"])):
            of[canonical(row["lang"])][int(row["id"].rsplit("-", 1)[1])] = row["text"]
    for language, numbered in sorted(of.items()):
        ordered = sorted(numbered.items())
        for first in range(0, len(ordered) - SENTENCES + 1, SENTENCES):
            number = ordered[first][0] // 40  # some forty consecutive sentences are never divided
            text = "\n".join(sentence for _, sentence in ordered[first : first + SENTENCES])
            yield {"id": f"sib200-{number}/{language}-{first}", "url": None, "language": language, "text": text}


def nameable(tag: str) -> bool:
    """Return whether the language model can give a document this tag."""
    language, _, script = tag.partition("_")
    return {"Hans": "Hani", "Hant": "Hani"}.get(script, script) in scripts_of().get(language, ())


def mechanical(documents: list[Row]) -> Iterator[Row]:
    """Yield junk of four kinds, made of the sentences of every language."""
    for row in documents[::3]:
        lines = row["text"].splitlines()
        spaced = sum(line.count(" ") for line in lines) > 20
        words = [word for line in lines for word in (line.split() if spaced else re.findall(r"\w{2}", line))]
        if len(words) < 60:
            continue
        made = {
            "menu": "\n".join(words[i] + (" " if spaced else "") + words[i + 1] for i in range(0, 58, 2)),
            "stuffing": "\n".join([(" " if spaced else "").join(words[:4])] * 40),
            "numbers": "\n".join(
                f"{word} {37 * n % 97}.{n % 10} {n * n} # {n % 7} | {n + 3}" for n, word in enumerate(words)
            ),
            "fragments": "\n".join(line[: len(line) // 3] + "..." for line in lines for _ in range(3)),
        }
        for kind, text in made.items():
            group, name = row["id"].split("/")
            yield row | {"id": f"{group}/{name}-{kind}", "text": text}


def chinese_web(data: Path) -> Iterator[Row]:
    """Yield unfiltered Chinese web texts."""
    for row in rows(data / "zh/web_text_zh.jsonl.gz"):
        yield {"id": f"{urlsplit(row['url']).hostname}/{row['id']}", "url": row["url"], "text": row["text"]}


def main() -> None:
    data, folder = Path(sys.argv[1]), Path(sys.argv[2])
    folder.mkdir(parents=True, exist_ok=True)
    known = tags(data)
    samples: dict[str, list[Row]] = defaultdict(list)
    for name, row in pages(data, known):
        samples[name].append(row)
    samples["documents"] += [*manuals(data, known), *textbooks(data, known)]
    samples["paragraphs"] = list(paragraphs(data))
    samples["sentences"] = list(sentences(data))
    samples["chinese_web"] = list(chinese_web(data))
    samples["mechanical"] = list(mechanical(samples["sentences"]))
    for name, found in samples.items():
        path = folder / f"{name}.jsonl"
        path.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in found), encoding="utf-8")
        print(f"{path}: {len(found)} documents, {len({row.get('language') for row in found})} languages")


if __name__ == "__main__":
    main()
