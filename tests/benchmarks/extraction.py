"""Main-text extraction against ground truth: quality per data set, page type and language group, and pages per second.

    python -m tests.benchmarks.extraction [--models FOLDS] [--engines trafilatura resiliparse …] [--pages 1278]

Token F1, precision and recall are means over pages (a token is a word, or one character of a script without spaces);
article-extraction-benchmark is scored by its own 4-gram shingles; snippet sets by the share of required strings found
and of forbidden strings left out. `kept: table`: of the tables that the truth has, the share of which half is found, a
mean over the pages that have any. Every candidate gets the same decoded text; CPU time, candidates taking turns page by
page; peak memory is that of a process of its own for each. All pages with all peers take longer than a machine is
quiet: `--part 1/2 --save a.json`, `--part 2/2 --save b.json`, `--join a.json b.json`. The model of the `blocks` engine
was fitted on most of these pages. With `--models`, the folder of models that `train_blocks.py --folds` wrote, every
page is judged by the one that was fitted without the page's host, fall-backs and all; without, the figures are those of
a regression test. Peers (readability-lxml, magic-html, turbohtml) are imported only if asked for: install them beside
the project.
"""

import argparse
import contextlib
import gzip
import importlib.metadata
import json
import logging
import multiprocessing
import re
import resource
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Sequence
from multiprocessing.connection import Connection
from pathlib import Path
from statistics import mean, quantiles
from typing import Any, NamedTuple

from fastwarc.warc import ArchiveIterator, WarcRecordType
from resiliparse.extract.html2text import extract_plain_text
from selectolax.lexbor import LexborHTMLParser

from filters.text.charset import decode
from pipeline.extract import block_model, blocks_engine
from pipeline.extract.extract import ENGINES
from pipeline.extract.page import Page
from pipeline.training.annotated_pages import AnnotatedPage, fold_of, samples, tokens

Scores = dict[str, list[tuple[float, ...]]]

PEERS = {"readability-lxml", "magic-html", "turbohtml"}
SNIPPET_SETS = {"trafilatura", "recipes"}
STRUCTURES = ("pre", "table", "dl", "blockquote", "li")
Engine = Callable[[AnnotatedPage], str]


def unseen_model(models: Path, page: AnnotatedPage) -> Path:
    """Return the model that was fitted without the page's host."""
    return models / f"without-{fold_of(page.truth['url'])}.npz"


def crawled(data: Path) -> list[AnnotatedPage]:
    """Return the pages that HPLT drew at random from Common Crawl; nobody has said what should be found in them."""
    lines = gzip.decompress((data / "rawwarc/labels.jsonl.gz").read_bytes()).splitlines()
    wanted = {row["id"]: row for row in map(json.loads, lines) if row["source"].startswith("hplt-sample100")}
    found = []
    for warc in sorted((data / "rawwarc").glob("*.warc.gz")):
        for record in ArchiveIterator(str(warc), record_types=WarcRecordType.response):
            if truth := wanted.get(record.headers.get("WARC-X-Item-Id")):
                text = decode(record.reader.read(), record.http_headers.get("Content-Type")).text
                found.append(
                    AnnotatedPage(
                        {"url": truth["url"], "dataset": "crawled", "gt_kind": "none"}, text.replace("\x00", "")
                    )
                )
    return found


def f1(truth: Counter[Any], found: Counter[Any]) -> tuple[float, float, float]:
    """Return F1, precision and recall of a bag against another."""
    common = (truth & found).total()
    precision = common / found.total() if found else 0.0
    recall = common / truth.total() if truth else 0.0
    return (2 * precision * recall / (precision + recall) if common else 0.0), precision, recall


def shingles(text: str, size: int = 4) -> Counter[tuple[str, ...]]:
    """Return the word 4-grams that article-extraction-benchmark compares; one shorter where the text is."""
    words = re.findall(r"\w+", text)
    return Counter(tuple(words[start : start + size]) for start in range(max(1, len(words) - size + 1)))


def shingle_shares(truth: str, found: str) -> tuple[float, float, float]:
    """Return a page's true positives, false positives and false negatives, each as a share of their sum."""
    expected, actual = shingles(truth), shingles(found)
    counts = (expected & actual).total(), (actual - expected).total(), (expected - actual).total()
    return tuple(count / max(1, sum(counts)) for count in counts)  # type: ignore[return-value]


def shingle_f1(pages: Sequence[tuple[float, ...]]) -> tuple[float, float, float]:
    """Return F1, precision and recall over the pages' mean shares, as article-extraction-benchmark does."""
    right, wrong, missed = (mean(page[index] for page in pages) for index in range(3))
    precision, recall = right / (right + wrong), right / (right + missed)
    return 2 * precision * recall / (precision + recall), precision, recall


def trigrams(text: str) -> Counter[tuple[str, ...]]:
    """Return how often each run of three tokens stands in a text."""
    words = tokens(text)
    return Counter(zip(words, words[1:], words[2:], strict=False))


def wanted_structures(page: AnnotatedPage) -> dict[str, list[set[tuple[str, ...]]]]:
    """Return, by tag, the trigrams of each of the page's elements of which the truth has at least half.

    A trigram that the page has more often than the truth is not counted: it may be the one in a menu that is wanted. Of
    elements of a kind in each other the outermost counts.
    """
    tree = LexborHTMLParser(page.html)
    tree.strip_tags(["script", "style", "noscript", "template"])
    everywhere = trigrams(tree.body.text(separator=" ")) if tree.body else Counter()
    known = {trigram for trigram, times in trigrams(page.truth["text"]).items() if times >= everywhere[trigram]}
    found = {}
    for tag in STRUCTURES:
        outermost = (element for element in tree.css(tag) if not element.css_matches(f"{tag} {tag}"))
        texts = (set(trigrams(element.text(separator=" "))) for element in outermost)
        found[tag] = [text for text in texts if text and 2 * len(text & known) >= len(text)]
    return found


def kept_structures(page: AnnotatedPage, text: str) -> dict[str, float]:
    """Return, by tag, the share of the elements that the truth has of which at least half stands in a text."""
    words = set(trigrams(text))
    return {
        tag: mean(2 * len(element & words) >= len(element) for element in elements)
        for tag, elements in wanted_structures(page).items()
        if elements
    }


def scores(pages: Iterable[AnnotatedPage], texts: Iterable[str]) -> Scores:
    """Return the scores of every page, under the names of its set, its page type and its language group."""
    found: Scores = defaultdict(list)
    for page, text in zip(pages, texts, strict=True):
        truth = page.truth
        name = truth["dataset"]
        if truth["gt_kind"].startswith("full") or truth["gt_kind"] == "template-oracle":
            score = f1(Counter(tokens(truth["text"])), Counter(tokens(text)))
            group = truth["lang"].split("-")[0].split("_")[0]
            group = {"en": "English", "zh": "Chinese"}.get(group, "other languages")
            for key in (name, f"language: {group}", f"page type: {truth['page_type'] or 'unknown'}"):
                found[key].append(score)
            for tag, share in kept_structures(page, text).items():
                found[f"kept: {tag}"].append((share,))
            if name == "aeb":
                found["aeb, shingles"].append(shingle_shares(truth["text"], text))
        if name in SNIPPET_SETS:
            folded = " ".join(text.split()).lower()
            for kind in ("must", "mustnot"):
                strings = [" ".join(string.split()).lower() for string in truth[kind] or ()]
                if strings:
                    share = mean((string in folded) == (kind == "must") for string in strings)
                    found[f"{name}, {kind}"].append((share,))
    return found


def summary(found: Scores) -> dict[str, tuple[int, tuple[float, ...]]]:
    """Return the number of pages and the mean scores under each name."""
    rows = {}
    for name, pages in sorted(found.items()):
        means = shingle_f1(pages) if name.endswith("shingles") else tuple(map(mean, zip(*pages, strict=True)))
        rows[name] = len(pages), means
    return rows


def peer(name: str, models: Path | None) -> Engine:
    """Return an extractor by name: one of ours, a setting of trafilatura, or a peer's."""
    if name == "blocks" and models:
        return lambda page: blocks_engine.main_text(Page(page.html), unseen_model(models, page))
    if name in ENGINES:
        return lambda page: ENGINES[name](Page(page.html))
    if name.startswith("trafilatura:"):
        import trafilatura

        options = dict.fromkeys(filter(None, name.partition(":")[2].split("+")), True)
        return lambda page: trafilatura.extract(page.html, **options) or ""  # type: ignore[arg-type]
    if name == "resiliparse:default":
        return lambda page: str(extract_plain_text(page.html, main_content=True))
    if name == "turbohtml":
        import turbohtml

        return lambda page: turbohtml.parse(page.html).main_text() or ""
    if name == "magic-html":
        import lxml.html
        from magic_html import GeneralExtractor

        extractor = GeneralExtractor()
        return lambda page: lxml.html.fromstring(extractor.extract(page.html, base_url="")["html"]).text_content()
    if name == "readability-lxml":
        import lxml.html
        from readability import Document

        return lambda page: lxml.html.fromstring(Document(page.html).summary()).text_content()
    raise SystemExit(f"no such engine: {name}")


def run(
    engines: dict[str, Engine], pages: Sequence[AnnotatedPage]
) -> tuple[dict[str, list[str]], dict[str, list[float]]]:
    """Return each engine's texts and CPU seconds per page; engines take turns, in an order that changes."""
    texts: dict[str, list[str]] = {name: [] for name in engines}
    seconds: dict[str, list[float]] = {name: [] for name in engines}
    names = list(engines)
    for page in {fold_of(page.truth["url"]): page for page in pages}.values():  # compiled, loaded before the clock runs
        for name in names:
            with contextlib.suppress(Exception):
                engines[name](page)
    for number, page in enumerate(pages):
        for name in names[number % len(names) :] + names[: number % len(names)]:
            start = time.process_time()
            try:
                text = engines[name](page)
            except Exception:  # noqa: BLE001 - whatever an engine raises, it has found no text
                text = ""
            seconds[name].append(time.process_time() - start)
            texts[name].append(text)
    return texts, seconds


def peak_memory(engine: Engine, pages: Sequence[AnnotatedPage], sender: Connection) -> None:
    """Send by how many MiB this process grew at most while it extracted the pages; for a process of its own."""
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    for page in pages:
        with contextlib.suppress(Exception):
            engine(page)
    sender.send((resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024)


def grown(engine: Engine, pages: Sequence[AnnotatedPage]) -> float:
    """Return the peak memory of an engine beside the pages themselves, in MiB."""
    receiver, sender = multiprocessing.Pipe(duplex=False)
    child = multiprocessing.get_context("fork").Process(target=peak_memory, args=(engine, pages, sender))
    child.start()
    child.join()
    return float(receiver.recv())


def fallbacks(pages: Iterable[AnnotatedPage], models: Path | None) -> int:
    """Return for how many pages the `blocks` engine asks trafilatura."""
    return sum(
        blocks_engine.text_of_blocks(Page(page.html), unseen_model(models, page) if models else block_model.PATH)
        is None
        for page in pages
    )


def table(header: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Return a Markdown table."""
    lines = ["| " + " | ".join(row) + " |" for row in (header, ["---"] * len(header), *rows)]
    return "\n".join(lines)


class Measured(NamedTuple):
    """What a run, or a part of one, found, as JSON keeps it."""

    pages: int
    size: int  # bytes of UTF-8
    fallbacks: int
    scores: dict[str, dict[str, list[list[float]]]]  # by engine and name
    seconds: dict[str, list[float]]  # by engine, per page
    memory: dict[str, float]  # by engine, MiB


def measured(engines: dict[str, Engine], pages: Sequence[AnnotatedPage], models: Path | None) -> Measured:
    """Return what the engines make of the pages."""
    texts, seconds = run(engines, pages)
    some = pages[:: max(1, len(pages) // 100)]
    return Measured(
        len(pages),
        sum(len(page.html.encode("utf-8", "replace")) for page in pages),
        fallbacks(pages, models) if "blocks" in engines else 0,
        {
            name: {key: [*map(list, all_)] for key, all_ in scores(pages, found).items()}
            for name, found in texts.items()
        },
        seconds,
        {name: grown(engine, some) for name, engine in engines.items()},
    )


def joined(parts: Sequence[Measured]) -> Measured:
    """Return the parts of one run as a whole."""
    names = list(parts[0].seconds)
    found: dict[str, dict[str, list[list[float]]]] = {name: defaultdict(list) for name in names}
    for part in parts:
        for name in names:
            for key, pages in part.scores[name].items():
                found[name][key] += pages
    return Measured(
        sum(part.pages for part in parts),
        sum(part.size for part in parts),
        sum(part.fallbacks for part in parts),
        found,
        {name: [spent for part in parts for spent in part.seconds[name]] for name in names},
        {name: max(part.memory[name] for part in parts) for name in names},
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, default=Path(__file__).parents[3] / "shared/data")
    parser.add_argument("--engines", nargs="+", default=list(ENGINES))
    parser.add_argument("--models", type=Path, help="where train_blocks.py --folds wrote its models")
    parser.add_argument("--crawled", action="store_true", help="random pages of Common Crawl instead, for speed alone")
    parser.add_argument("--pages", type=int, help="this many, spread over all sets")
    parser.add_argument("--part", default="1/1", help="every Nth page from the Kth, as K/N")
    parser.add_argument("--save", type=Path, help="where what was measured is written, for --join")
    parser.add_argument("--join", type=Path, nargs="+", help="show these parts as one run; nothing is measured")
    arguments = parser.parse_args()
    logging.disable()
    if arguments.join:
        report(joined([Measured(**json.loads(path.read_text())) for path in arguments.join]))
        return
    pages = crawled(arguments.data) if arguments.crawled else samples(arguments.data)
    if arguments.pages:
        pages = pages[:: max(1, len(pages) // arguments.pages)]
    part, parts = map(int, arguments.part.split("/"))
    engines = {name: peer(name, arguments.models) for name in arguments.engines}
    found = measured(engines, pages[part - 1 :: parts], arguments.models)
    if arguments.save:
        arguments.save.write_text(json.dumps(found._asdict()))
    report(found)


def report(found: Measured) -> None:
    """Print what was measured."""
    engines = list(found.seconds)
    libraries = ("trafilatura", "resiliparse", *sorted({*engines} & {*PEERS}))
    print(
        f"{found.pages} pages, {found.size / 1e6:.0f} MB; blocks asked trafilatura for {found.fallbacks} of them;",
        end=" ",
    )
    print(", ".join(f"{name} {importlib.metadata.version(name)}" for name in libraries), "\n")
    summaries = {
        name: summary({key: [*map(tuple, all_)] for key, all_ in found.scores[name].items()}) for name in engines
    }
    counts = {key: count for key, (count, _) in next(iter(summaries.values())).items()}
    print(
        table(
            ["set (pages): F1 (P / R)", *engines],
            (
                [f"{key} ({count})", *(shown(summaries[name][key][1]) for name in engines)]
                for key, count in counts.items()
            ),
        ),
        "\n",
    )
    slowest = sum(found.seconds[engines[0]])
    print(
        table(
            ["engine", "pages/s", "MB/s", "x first", "p50 ms", "p99 ms", "max ms", "memory MiB"],
            (
                [
                    name,
                    f"{len(spent) / sum(spent):.1f}",
                    f"{found.size / 1e6 / sum(spent):.1f}",
                    f"{slowest / sum(spent):.2f}",
                    *(f"{quantiles(spent, n=100)[rank] * 1e3:.1f}" for rank in (49, 98)),
                    f"{max(spent) * 1e3:.0f}",
                    f"{found.memory[name]:.0f}",
                ]
                for name, spent in found.seconds.items()
            ),
        )
    )


def shown(means: tuple[float, ...]) -> str:
    """Return scores as a table shows them."""
    first, *rest = (f"{value:.3f}" for value in means)
    return f"{first} ({' / '.join(rest)})" if rest else first


if __name__ == "__main__":
    main()
