"""Language identification: accuracy, macro-F1, confusions, by length, and documents a second, against its peers.

    python -m tests.benchmarks.language [--peers cld3 lingua heliport] [--fit]

Data: `../shared/data` (or YULIAO_DATA): the halves of `lid/sentences` that nothing was fitted on (odd FLORES sentence
numbers, odd MD5 of the id), whole and cut to 20-79 characters; `lid/documents` cut to 500 characters; paragraphs of
pages whose publisher names their language (`rawwarc`, and `site` where translated in full), those of the Apache
manual apart: the prior of little-known languages was chosen on them. `--fit` fits `filters/languages/ensemble.json` and
`thresholds.tsv` anew on the other halves first. Peers that are not dependencies of the project must be installed. Speed
is per CPU second, the candidates in turn, the best of three.
"""

import argparse
import gzip
import hashlib
import json
import os
import random
import re
import tarfile
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Sequence
from importlib import import_module
from importlib.metadata import version
from pathlib import Path
from typing import Any

import fasttext
import pyarrow as pa
import pycld2
from fastwarc.warc import ArchiveIterator
from py3langid.langid import MODEL_FILE, LanguageIdentifier
from selectolax.lexbor import LexborHTMLParser

from filters.documents import Documents
from filters.language import Language
from filters.languages import ensemble, thresholds
from filters.languages.fit import fit
from filters.languages.labels import canonical, meaning
from filters.languages.models import located
from shards.schema import DOCUMENT, batch_of

DATA = Path(os.environ.get("YULIAO_DATA", Path(__file__).parents[3] / "shared" / "data"))
WEIGHTS = Path(__file__).parents[2] / "filters" / "languages" / "ensemble.json"
THRESHOLDS = WEIGHTS.with_name("thresholds.tsv")
NOTE = (
    "Half of the sentences of SIB-200 (even FLORES sentence numbers; CC-BY-SA-4.0; its yue_Hant, which is written "
    "Mandarin, as zho) and of lingua-py's test data (even MD5 of the id), each whole and cut to 20-79 characters."
)
# What cannot be told from the text alone counts as one: the written forms of Norwegian as in the published comparisons,
# and the Arabic varieties of FLORES that no engine knows.
SAME = {"nno": "nob"} | dict.fromkeys(("acm", "acq", "aeb", "ajp", "apc", "ars"), "arb") | {"yue": "zho"}
# Told apart by few words, or by none: merged for a second look, in which heliport's macrolanguage labels count.
CLOSE = (
    dict.fromkeys(("bos", "hrv", "srp"), "hbs") | dict.fromkeys(("ind", "zsm"), "msa") | {"xho": "zul", "tsn": "sot"}
)
CLOSE |= {"nso": "sot", "msa": "msa", "arz": "arb", "prs": "pes"}
Labelled = list[tuple[str, str]]  # language (ISO 639-3) and text
Engine = Callable[[Sequence[str]], list[str]]


def rows(name: str) -> Iterator[dict[str, Any]]:
    with gzip.open(DATA / name, "rt", encoding="utf-8") as lines:
        yield from map(json.loads, lines)


def language_of(tag: str) -> str:
    code = canonical(tag).partition("_")[0]
    return SAME.get(code, code)


def held_out(row: dict[str, Any]) -> bool:
    if row["source"] == "sib200":
        return int(row["id"].rsplit("-", 1)[1]) % 2 == 1
    return int(hashlib.md5(row["id"].encode(), usedforsecurity=False).hexdigest(), 16) % 2 == 1


def cut(row: dict[str, Any]) -> str:
    number = int(hashlib.md5(f"{row['id']}cut".encode(), usedforsecurity=False).hexdigest(), 16)
    return str(row["text"][: 20 + number % 60])


def paragraphs(html: str) -> list[str]:
    """Return the paragraphs of a page that have 20 to 1,500 characters."""
    page = LexborHTMLParser(html)
    for node in page.css("pre, code, script, style, nav, tt"):
        node.decompose()
    found = [" ".join(node.text(separator=" ").split()) for node in page.css("p, li, dd")]
    return [text for text in found if 20 <= len(text) <= 1_500]


def labelled_pages(two_letter: dict[str, str]) -> Iterator[tuple[str, str, str, str]]:
    """Yield collection, language, name and HTML of the pages whose publisher names their language."""
    pages = {row["path"]: row for row in rows("site/site_index.jsonl.gz") if row["html"] and not row["symlink"]}
    with (
        pa.CompressedInputStream(pa.OSFile(str(DATA / "site/site.tar.zst")), "zstd") as raw,
        tarfile.open(fileobj=raw, mode="r|") as archive,
    ):
        for member in archive:
            row = pages.get(member.name.removeprefix("./"), {"translated_frac": 0})
            if (row["translated_frac"] or 0) < 0.99 or row["lang"] not in two_letter:
                continue
            body = archive.extractfile(member).read().decode(row["meta_charset"] or "utf-8", "replace")
            yield row["family"], two_letter[row["lang"]], member.name, body
    labels = {row["id"]: row for row in rows("rawwarc/labels.jsonl.gz") if row["lang_source"] == "publisher"}
    for path in sorted((DATA / "rawwarc").glob("*.warc.gz")):
        for record in ArchiveIterator(str(path)):
            row = labels.get(record.headers.get("WARC-X-Item-Id"))
            if row and row["lang"] in two_letter and row["source"] != "docs-installguide":
                body = record.reader.read().decode(row["charset_real"] or "utf-8", "replace")
                yield row["source"].removeprefix("docs-"), two_letter[row["lang"]], row["id"], body


def web_paragraphs(two_letter: dict[str, str]) -> dict[str, Labelled]:
    """Return, by collection, up to four paragraphs of each page, cut to 500 characters.

    What begins like a paragraph of a page in another language is left out: English in a translation, names, menus.
    """
    pages = [(*page[:3], paragraphs(page[3])) for page in labelled_pages(two_letter)]
    languages: dict[str, set[str]] = defaultdict(set)
    for _, language, _, texts in pages:
        for text in texts:
            languages[text[:40]].add(language)
    found: dict[str, Labelled] = defaultdict(list)
    seen: set[str] = set()
    for collection, language, name, texts in pages:
        own = [text for text in dict.fromkeys(texts) if len(languages[text[:40]]) == 1 and text not in seen]
        random.Random(name).shuffle(own)
        seen.update(own[:4])
        found[collection] += [(language, text[:500]) for text in own[:4]]
    return found


def test_sets() -> dict[str, Labelled]:
    sentences = list(rows("lid/sentences.jsonl.gz"))
    two_letter = {row["bcp47"]: language_of(row["lang"]) for row in sentences if row["source"] == "lingua"}
    two_letter |= {"zh-Hans": "zho", "zh-Hant": "zho", "pt-BR": "por", "no": "nob"}
    sets: dict[str, Labelled] = {}
    for source in ("lingua", "sib200"):
        held = [row for row in sentences if row["source"] == source and held_out(row)]
        sets[source] = [(language_of(row["lang"]), row["text"]) for row in held]
        sets[f"{source}, 20-79 characters"] = [(language_of(row["lang"]), cut(row)) for row in held]
    sets["documents, 500 characters"] = [
        (language_of(row["lang"]), row["text"][:500]) for row in rows("lid/documents.jsonl.gz")
    ]
    by_collection = web_paragraphs(two_letter)
    sets["web paragraphs, tuned on (Apache)"] = by_collection.pop("apache")
    sets["web paragraphs"] = [one for collection in sorted(by_collection) for one in by_collection[collection]]
    return sets


def refit() -> None:
    held = [row for row in rows("lid/sentences.jsonl.gz") if not held_out(row)]
    known = [row for row in held if language_of(row["lang"]) in ensemble.languages() or row["lang"] == "nno_Latn"]
    texts = [row["text"] for row in known] + [cut(row) for row in known]
    languages = ["nno" if row["lang"] == "nno_Latn" else language_of(row["lang"]) for row in known] * 2
    WEIGHTS.write_text(json.dumps(fit(texts, languages, NOTE), indent=1) + "\n", encoding="utf-8")
    ensemble.weights.cache_clear()
    signals, columns = Language().annotate(batch(texts))
    named = [tag.partition("_")[0] for tag in columns["language"].to_pylist()]
    THRESHOLDS.write_text(thresholds.fit(languages, named, signals["score"]), encoding="utf-8")


def batch(texts: Sequence[str]) -> Documents:
    entries = [{"id": str(n), "text": text, "source": "", "source_id": ""} for n, text in enumerate(texts)]
    return Documents(batch_of(entries, DOCUMENT))


def ours(**settings: Any) -> Engine:
    language = Language(**settings)

    def engine(texts: Sequence[str]) -> list[str]:
        _, columns = language.annotate(batch(texts))
        return [tag.partition("_")[0] for tag in columns["language"].to_pylist()]

    return engine


def each(label: Callable[[str], str | None], model: str) -> Engine:
    """Return an engine that asks for one text at a time, and brings the label to ISO 639-3."""

    def language(text: str) -> str:
        name = label(re.sub(r"\s", " ", text))
        try:
            return meaning(name, model).language if name and len(name) != 3 else language_of(f"{name}_Zyyy")
        except ValueError:
            return str(name)

    return lambda texts: [language(text) for text in texts]


def cld2(text: str) -> str:
    printable = "".join(character for character in text if character.isprintable())
    return str(pycld2.detect(printable, bestEffort=True)[2][0][1])


def engines(peers: Sequence[str]) -> dict[str, Engine]:
    lid176 = fasttext.load_model(str(located("lid.176"))).f
    py3langid = LanguageIdentifier.from_model_file(MODEL_FILE)

    def first_label(text: str) -> str | None:
        found = lid176.predict(text, 1, 0.0, "strict")
        return found[0][1] if found else None

    found: dict[str, Engine] = {
        "yuliao": ours(),
        "yuliao, `model: lid.176`": ours(model="lid.176"),
        "lid.176.ftz (fasttext-turbo)": each(first_label, "lid176"),
        f"pycld2 {version('pycld2')}": each(cld2, "cld2"),
        f"py3langid {version('py3langid')}": each(lambda text: str(py3langid.classify(text)[0]), "py3langid"),
    }
    if "cld3" in peers:
        cld3 = import_module("gcld3").NNetLanguageIdentifier(0, 2_000)
        found[f"cld3-py {version('cld3-py')}"] = each(lambda text: str(cld3.FindLanguage(text).language), "cld2")
    if "heliport" in peers:
        heliport = import_module("heliport").Identifier()
        found[f"heliport {version('heliport')}"] = each(lambda text: str(heliport.identify(text)), "")
    if "lingua" in peers:
        lingua = import_module("lingua").LanguageDetectorBuilder.from_all_languages().build()

        def ask(text: str) -> str | None:
            language = lingua.detect_language_of(text)
            return language and str(language.iso_code_639_3.name.lower())

        found[f"lingua {version('lingua-language-detector')}"] = each(ask, "")
    return found


def scores(gold: Sequence[str], found: Sequence[str]) -> tuple[float, float, int]:
    """Return macro-accuracy, macro-F1 over the languages of the set, and how many of them were ever named rightly."""
    right, wanted, named = Counter[str](), Counter(gold), Counter(found)
    right.update(language for language, answer in zip(gold, found, strict=True) if language == answer)
    accuracy = sum(right[language] / count for language, count in wanted.items()) / len(wanted)
    f1 = sum(2 * right[language] / (count + named[language]) for language, count in wanted.items()) / len(wanted)
    return accuracy, f1, sum(right[language] > 0 for language in wanted)


def accuracy_tables(sets: dict[str, Labelled], candidates: dict[str, Engine]) -> None:
    wrong: dict[str, Counter[str]] = defaultdict(Counter)
    for title, labelled in sets.items():
        gold, texts = zip(*labelled, strict=True)
        print(f"\n{title}: {len(texts)} texts, {len(set(gold))} languages\n")
        print("| engine | macro-accuracy | macro-F1 | languages named | close ones merged |\n|---|---|---|---|---|")
        by_engine = {}
        for name, engine in candidates.items():
            if name.startswith("lingua ") and len(texts) > 7_000:
                continue  # minutes
            by_engine[name] = [SAME.get(language, language) for language in engine(texts)]
        for name, found in by_engine.items():
            accuracy, f1, languages = scores(gold, found)
            merged = scores(
                [CLOSE.get(language, language) for language in gold], [CLOSE.get(code, code) for code in found]
            )
            print(f"| {name} | {accuracy:.4f} | {f1:.4f} | {languages} | {merged[0]:.4f} |")
        pairs = zip(gold, by_engine["yuliao"], strict=True)
        wrong[title].update(f"{language}→{answer}" for language, answer in pairs if language != answer)
    print("\n| set | most frequent confusions of yuliao |\n|---|---|")
    for title, counted in wrong.items():
        print(f"| {title} | {', '.join(f'{pair} {count}' for pair, count in counted.most_common(12))} |")


def length_table(sets: dict[str, Labelled], candidates: dict[str, Engine]) -> None:
    limits = (20, 40, 80, 160, 500)
    print("\nlingua, first characters of each sentence: macro-accuracy\n")
    print("| engine |" + "".join(f" {limit} |" for limit in limits) + "\n|---|" + "---|" * len(limits))
    gold, texts = zip(*sets["lingua"], strict=True)
    for name, engine in candidates.items():
        found = [[SAME.get(code, code) for code in engine([text[:limit] for text in texts])] for limit in limits]
        print(f"| {name} |" + "".join(f" {scores(gold, answers)[0]:.3f} |" for answers in found))


def speed_table(candidates: dict[str, Engine]) -> None:
    documents = [row["text"] for row in rows("lid/documents.jsonl.gz")][::2]
    lengths = (100, 500, 2_000, 10_000)
    best: dict[tuple[str, int], float] = defaultdict(lambda: float("inf"))
    for _ in range(3):
        for length in lengths:
            texts = [(text * (length // len(text) + 1))[:length] for text in documents]
            for name, engine in candidates.items():
                some = texts[:30] if name.startswith("lingua ") else texts
                start = time.process_time()
                engine(some)
                best[name, length] = min(best[name, length], (time.process_time() - start) / len(some))
    print("\nDocuments per CPU second, by characters per document\n")
    print("| engine |" + "".join(f" {length:,} |" for length in lengths) + "\n|---|" + "---|" * len(lengths))
    for name in candidates:
        print(f"| {name} |" + "".join(f" {1 / best[name, length]:,.0f} |" for length in lengths))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--peers", nargs="*", default=[], choices=["cld3", "heliport", "lingua"])
    parser.add_argument("--fit", action="store_true")
    options = parser.parse_args()
    if options.fit:
        refit()
    candidates, sets = engines(options.peers), test_sets()
    accuracy_tables(sets, candidates)
    length_table(sets, candidates)
    speed_table(candidates)


if __name__ == "__main__":
    main()
