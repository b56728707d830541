"""Language identification: accuracy, macro-F1, confusions, by length, and documents a second, against its peers.

    python -m tests.benchmarks.language [--peers cld3 lingua heliport] [--only speed trim noise accuracy]

Data: `../shared/data` (or YULIAO_DATA): the halves of `lid/sentences` that nothing was fitted on (odd FLORES sentence
numbers, odd MD5 of the id), whole and cut to 20-79 characters; `lid/documents` cut to 500 characters; paragraphs of
pages whose publisher names their language (`rawwarc`, and `site` where translated in full), those of the Apache
manual apart: the prior of little-known languages was chosen on them; and the pages themselves.
Peers that are not dependencies of the project must be installed. Differences from lingua have the interval that
holds 95 of 100 resamples of the texts within each language. Speed is per CPU second, the candidates in turn, the best
of three.
"""

import argparse
import random
import re
import tarfile
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Sequence
from importlib import import_module
from importlib.metadata import version
from typing import Any

import fasttext
import numpy as np
import pyarrow as pa
import pycld2
from fastwarc.warc import ArchiveIterator
from py3langid.langid import MODEL_FILE, LanguageIdentifier
from selectolax.lexbor import LexborHTMLParser

from filters.language import Language
from filters.languages import ensemble, thresholds
from filters.languages.labels import canonical, meaning
from filters.languages.segments import segments
from filters.languages.varieties import close
from filters.models.located import located
from pipeline.training.languages import (
    DATA,
    SAME,
    answers,
    batch,
    cut,
    held_out,
    known_half,
    language_of,
    noises,
    rows,
)

# Told apart by few words, or by none: merged for a second look, in which heliport's macrolanguage labels count.
CLOSE = (
    dict.fromkeys(("bos", "hrv", "srp"), "hbs") | dict.fromkeys(("ind", "zsm"), "msa") | {"xho": "zul", "tsn": "sot"}
)
CLOSE |= {"nso": "sot", "msa": "msa", "arz": "arb", "prs": "pes"}
RELATED = (
    ("bos", "hrv", "srp"),
    ("ind", "zsm"),
    ("dan", "nob", "nno", "swe"),
    ("ces", "slk", "pol"),
    ("cat", "glg", "oci", "por", "spa"),
    ("arb", "ary", "arz"),
    ("pes", "prs"),
    ("xho", "zul", "ssw"),
    ("nso", "sot", "tsn"),
    ("kin", "run"),
    ("bul", "mkd"),
    ("azj", "tur", "azb"),
    ("hin", "bho", "mai", "npi"),
)
PARTS = ("speed", "trim", "noise", "accuracy")
LIMITS = (20, 40, 80, 160, 500)  # characters
Labelled = list[tuple[str, str]]  # language (ISO 639-3) and text
Engine = Callable[[Sequence[str]], list[str]]


def paragraphs(html: str) -> list[str]:
    """Return the paragraphs of a page that have 20 to 1,500 characters."""
    page = LexborHTMLParser(html)
    for node in page.css("pre, code, script, style, nav, tt"):
        node.decompose()
    found = [" ".join(node.text(separator=" ").split()) for node in page.css("p, li, dd")]
    return [text for text in found if 20 <= len(text) <= 1_500]


def labelled_pages(two_letter: dict[str, str], least: float = 0.99) -> Iterator[tuple[str, str, str, str]]:
    """Yield collection, language, name and HTML of the pages whose publisher names their language.

    Of `site` those of which at least so much is translated, as the catalogues of the translators have it.
    """
    pages = {row["path"]: row for row in rows("site/site_index.jsonl.gz") if row["html"] and not row["symlink"]}
    with (
        pa.CompressedInputStream(pa.OSFile(str(DATA / "site/site.tar.zst")), "zstd") as raw,
        tarfile.open(fileobj=raw, mode="r|") as archive,
    ):
        for member in archive:
            row = pages.get(member.name.removeprefix("./"), {"translated_frac": 0})
            if (row["translated_frac"] or 0) < least or row["lang"] not in two_letter:
                continue
            page = archive.extractfile(member)
            assert page is not None
            body = page.read().decode(row["meta_charset"] or "utf-8", "replace")
            yield row["family"], two_letter[row["lang"]], member.name, body
    labels = {row["id"]: row for row in rows("rawwarc/labels.jsonl.gz") if row["lang_source"] == "publisher"}
    for path in sorted((DATA / "rawwarc").glob("*.warc.gz")):
        for record in ArchiveIterator(str(path)):
            label = labels.get(record.headers.get("WARC-X-Item-Id"))
            if label and label["lang"] in two_letter and label["source"] != "docs-installguide":
                body = record.reader.read().decode(label["charset_real"] or "utf-8", "replace")
                yield label["source"].removeprefix("docs-"), two_letter[label["lang"]], label["id"], body


def web_pages(pages: Sequence[tuple[str, str, str, list[str]]]) -> Labelled:
    """Return the first 2,000 characters of up to twenty pages of each collection and language."""
    found: dict[tuple[str, str], list[str]] = defaultdict(list)
    seen: set[str] = set()
    for collection, language, _, texts in pages:
        text = "\n".join(texts)[:2_000]
        if len(text) >= 500 and text[:300] not in seen and len(found[collection, language]) < 20:
            found[collection, language].append(text)
            seen.add(text[:300])
    return [(language, text) for (_, language), texts in sorted(found.items()) for text in texts]


def web_paragraphs(pages: Sequence[tuple[str, str, str, list[str]]]) -> dict[str, Labelled]:
    """Return, by collection, up to four paragraphs of each page, cut to 500 characters.

    What begins like a paragraph of a page in another language is left out: English in a translation, names, menus.
    """
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
    pages = [(*page[:3], paragraphs(page[3])) for page in labelled_pages(two_letter)]
    by_collection = web_paragraphs(pages)
    sets["web paragraphs, tuned on (Apache)"] = by_collection.pop("apache")
    sets["web paragraphs"] = [one for collection in sorted(by_collection) for one in by_collection[collection]]
    sets["web pages, 2,000 characters"] = web_pages(pages)
    return sets


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
    mistakes = []
    for title, labelled in sets.items():
        gold, texts = zip(*labelled, strict=True)
        print(f"\n{title}: {len(texts)} texts, {len(set(gold))} languages\n")
        print("| engine | macro-accuracy | macro-F1 | languages named | close ones merged |\n|---|---|---|---|---|")
        said = {}
        for name, engine in candidates.items():
            if name.startswith("lingua ") and len(texts) > 7_000:
                continue  # minutes
            found = said[name] = [SAME.get(language, language) for language in engine(texts)]
            accuracy, f1, languages = scores(gold, found)
            merged = scores(
                [CLOSE.get(language, language) for language in gold], [CLOSE.get(code, code) for code in found]
            )
            print(f"| {name} | {accuracy:.4f} | {f1:.4f} | {languages} | {merged[0]:.4f} |", flush=True)
        for name in said:
            if name.startswith("lingua "):
                print(f"\nyuliao less {name}: {', '.join(differences(gold, said['yuliao'], said[name]))}")
        wrong = Counter((one, other) for one, other in zip(gold, said["yuliao"], strict=True) if one != other)
        mistakes.append((title, wrong.most_common(12), Counter(gold)))
    print("\n| set | most frequent confusions of yuliao, and of how many |\n|---|---|")
    for title, most, of in mistakes:
        print(f"| {title} | {', '.join(f'{one}→{other} {count}/{of[one]}' for (one, other), count in most)} |")


def differences(gold: Sequence[str], ours: Sequence[str], theirs: Sequence[str]) -> list[str]:
    """Return the differences in macro-accuracy and macro-F1 with the interval of 95 % of 500 resamples."""
    chance = np.random.default_rng(0)
    by_language: dict[str, list[int]] = defaultdict(list)
    for row, language in enumerate(gold):
        by_language[language].append(row)
    drawn = []
    for _ in range(500):
        picked = np.concatenate([chance.choice(members, len(members)) for members in by_language.values()]).tolist()
        pair = [scores([gold[row] for row in picked], [said[row] for row in picked]) for said in (ours, theirs)]
        drawn.append([pair[0][0] - pair[1][0], pair[0][1] - pair[1][1]])
    low, high = np.quantile(drawn, [0.025, 0.975], axis=0)
    exact = [one - other for one, other in zip(scores(gold, ours)[:2], scores(gold, theirs)[:2], strict=True)]
    names = ("macro-accuracy", "macro-F1")
    return [f"{name} {exact[i]:+.4f} [{low[i]:+.4f}, {high[i]:+.4f}]" for i, name in enumerate(names)]


def related_table(candidates: dict[str, Engine]) -> None:
    """Print, for varieties that are often confused, what the sentences of each are taken for."""
    held = [row for row in rows("lid/sentences.jsonl.gz") if held_out(row)]
    tagged = [(canonical(row["lang"]), row["text"]) for row in held]
    found = candidates["yuliao"]([text for _, text in tagged])
    print("\n| related | sentences of | taken for |\n|---|---|---|")
    for group in RELATED:
        for tag in sorted({tag for tag, _ in tagged if tag[:3] in group}):
            taken = Counter(answer for (one, _), answer in zip(tagged, found, strict=True) if one == tag)
            listed = ", ".join(f"{language} {count}" for language, count in taken.most_common(5))
            print(f"| {' '.join(group)} | {tag} | {listed} |")
    forms = [row for row in held if row["lang"] in ("zho_Hans", "zho_Hant", "yue_Hant")]
    _, columns = Language().annotate(batch([row["text"] for row in forms]))
    pairs = Counter(zip([row["lang"] for row in forms], columns["language"].to_pylist(), strict=True))
    print(f"| Chinese | | {', '.join(f'{one}→{other} {count}' for (one, other), count in sorted(pairs.items()))} |")


def length_table(sets: dict[str, Labelled], candidates: dict[str, Engine]) -> None:
    for title in ("lingua", "web paragraphs"):
        gold, texts = zip(*sets[title], strict=True)
        print(f"\n{title}, first characters of each text: macro-accuracy\n")
        print("| engine |" + "".join(f" {limit} |" for limit in LIMITS) + "\n|---|" + "---|" * len(LIMITS))
        for name, engine in candidates.items():
            if name.startswith("lingua ") and title != "lingua":
                continue  # minutes
            said = [[SAME.get(code, code) for code in engine([text[:limit] for text in texts])] for limit in LIMITS]
            print(f"| {name} |" + "".join(f" {scores(gold, found)[0]:.3f} |" for found in said), flush=True)


def threshold_table() -> None:
    """Print how the thresholds, fitted to one half, hold on the other."""
    languages, texts = known_half(False)
    named, probability = answers(texts)
    gold, said = np.array(languages), np.array(named)
    believed = np.array(probability) >= [
        thresholds.threshold(language, len(text)) for language, text in zip(named, texts, strict=True)
    ]
    common = {name for row, name in enumerate(ensemble.languages()) if ensemble.known()[:, row].all()}
    weight = np.isin(gold, sorted(common)) + thresholds.LITTLE_KNOWN * ~np.isin(gold, sorted(common))
    print("\n| languages | measured | believed rightly, of those believed | half of the languages over | under .95 |")
    print("|---|---|---|---|---|")
    for title, group in (("all three models know", common), ("not all know", set(thresholds.measured()) - common)):
        precision = {}
        for language in sorted(group & set(thresholds.measured())):
            mine = (said == language) & believed
            if mine.sum() >= 10:
                precision[language] = float((weight * np.isin(gold, close(language)))[mine].sum() / weight[mine].sum())
        under = ", ".join(f"{language} {value:.2f}" for language, value in precision.items() if value < 0.95)
        middle = np.median(list(precision.values()))
        print(f"| {title} | {len(precision)} | {np.mean(list(precision.values())):.3f} | {middle:.3f} | {under} |")
    for title, group in (("to all three", common), ("to fewer", set(gold.tolist()) - common)):
        mine = np.isin(gold, sorted(group))
        right = np.array([one in close(other) for one, other in zip(gold, said, strict=True)])
        kept = believed[mine & right].mean()
        print(
            f"\nbelieved, of texts in languages known {title}: {kept:.3f} of those rightly named, "
            f"{believed[mine & ~right].mean():.3f} of the others"
        )


def noise_table() -> None:
    """Print how much of what is no language is believed to be one, and how much prose is called noise."""
    lid176 = fasttext.load_model(str(located("lid.176"))).f
    print("\n| noise | texts | believed | called no language | lid.176 alone, from .65 |\n|---|---|---|---|---|")
    totals = np.zeros(4)
    for kind, texts in noises(1, 40).items():
        named, probability = answers(texts)
        believed = sum(
            score >= thresholds.threshold(name, len(text))
            for name, score, text in zip(named, probability, texts, strict=True)
        )
        bare = [lid176.predict(re.sub(r"\s", " ", text), 1, 0.0, "strict") for text in texts]
        row = [
            len(texts),
            believed,
            sum(name in ("zxx", "und") for name in named),
            sum(b[0][0] >= 0.65 for b in bare if b),
        ]
        totals += row
        print(f"| {kind} | {row[0]} | {row[1] / row[0]:.2f} | {row[2] / row[0]:.2f} | {row[3] / row[0]:.2f} |")
    count, *shares = (totals / [1, *[totals[0]] * 3]).tolist()
    print(f"| all | {count:.0f} | {' | '.join(f'{share:.3f}' for share in shares)} |")


def mixed_pages() -> list[tuple[str, str, list[tuple[str, bool]]]]:
    """Return language, name and paragraphs of pages in part English: a paragraph is if the English page has it too."""
    sentences = rows("lid/sentences.jsonl.gz")
    two_letter = {row["bcp47"]: language_of(row["lang"]) for row in sentences if row["source"] == "lingua"}
    two_letter |= {"zh-Hans": "zho", "zh-Hant": "zho", "pt-BR": "por", "no": "nob"}
    pages = [(*page[:3], paragraphs(page[3])) for page in labelled_pages(two_letter, 0.2)]
    english = {text[:40] for _, language, _, texts in pages if language == "eng" for text in texts}
    found = []
    for _, language, name, texts in pages:
        marked = [(text, text[:40] in english) for text in texts]
        foreign = sum(len(text) for text, is_english in marked if is_english) / max(sum(map(len, texts)), 1)
        if language != "eng" and 0.1 <= foreign <= 0.6 and len("".join(texts)) >= 1_000:
            found.append((language, name, marked))
    return found


def survived(text: str, kept: str) -> list[tuple[int, int]]:
    """Return the stretches of a text that its trimmed form still has."""
    found, at = [], 0
    for start, end in segments(text):
        part = text[start:end].strip()
        place = kept.find(part, at, at + len(part) + 4)
        if place >= 0:
            found.append((start, end))
            at = place + len(part)
    return found


def trim_table() -> None:
    """Print how many letters `foreign: trim` takes from pages in part English, and from documents in one language."""
    pages = mixed_pages()
    texts = ["\n".join(text for text, _ in marked) for _, _, marked in pages]
    totals: Counter[tuple[bool, bool]] = Counter()  # English; kept
    for (_, _, marked), text, kept in zip(pages, texts, trimmed_texts(texts), strict=True):
        english = "".join(("e" if is_english else "o") * (len(part) + 1) for part, is_english in marked)
        left = bytearray(len(text) + 1)
        for start, end in survived(text, kept):
            left[start:end] = b"1" * (end - start)
        totals.update((english[at] == "e", left[at] != 0) for at, character in enumerate(text) if character.isalpha())
    own, foreign = (totals[flag, True] + totals[flag, False] for flag in (False, True))
    print(f"\n{len(pages)} pages in {len({page[0] for page in pages})} languages, in part English")
    print(f"English letters: {foreign / (own + foreign):.3f} before, ", end="")
    print(f"{totals[True, True] / (totals[True, True] + totals[False, True]):.3f} after")
    print(f"English letters taken: {totals[True, False] / foreign:.3f}, others: {totals[False, False] / own:.4f}")
    documents = [row["text"] for row in rows("lid/documents.jsonl.gz")]
    lost = [len(text) - len(kept) for text, kept in zip(documents, trimmed_texts(documents), strict=True)]
    share = sum(lost) / sum(map(len, documents))
    print(
        f"{len(documents)} documents in one language: {share:.4f} taken, of {sum(one > 10 for one in lost)} documents"
    )


def trimmed_texts(texts: Sequence[str]) -> list[str]:
    _, columns = Language(foreign="trim").annotate(batch(texts))
    return [str(text) for text in columns["text"].to_pylist()]


def speed_table(candidates: dict[str, Engine]) -> None:
    documents = [row["text"] for row in rows("lid/documents.jsonl.gz")][::2]
    lengths = (100, 500, 2_000, 5_500)
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
    parser.add_argument("--only", nargs="*", default=PARTS, choices=PARTS)
    options = parser.parse_args()
    candidates = engines(options.peers)
    if "speed" in options.only:
        speed_table(candidates)
    if "trim" in options.only:
        trim_table()
    if "noise" in options.only:
        threshold_table()
        noise_table()
    if "accuracy" in options.only:
        sets = test_sets()
        accuracy_tables(sets, candidates)
        related_table(candidates)
        length_table(sets, candidates)


if __name__ == "__main__":
    main()
