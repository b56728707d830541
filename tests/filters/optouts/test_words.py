"""Reservations in words: what refuses training and mining, in which languages, and what only tells of it."""

import html
import random
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
import yaml

from filters.base import Range
from filters.chain import judge
from filters.licences.names import folded
from filters.licences.prefilter import heard
from filters.license import License
from filters.optouts.words import Wording, in_page, in_texts, wordings
from shards.schema import PAGE, batch_of

SENTENCES = yaml.safe_load(Path(__file__).with_name("words.yaml").read_text(encoding="utf-8"))
RESERVING = [(language, text) for language, texts in SENTENCES["reserving"].items() for text in texts]
TELLING = [(language, text) for language, texts in SENTENCES["telling"].items() for text in texts]
LICENSED = '<a rel="license" href="https://creativecommons.org/licenses/by/4.0/">CC BY 4.0</a>'


def said(page: str | bytes, content_type: str = "text/html") -> list[str]:
    """Return the reservations of a page, as they stand in its bytes."""
    payload = page.encode() if isinstance(page, str) else page
    told = heard(pa.array([payload], pa.large_binary())).get(0)
    found = in_page(payload, content_type, told.training) if told else ()
    for each in found:
        start, end = map(int, each.where.partition(":")[2].split("-"))
        assert 0 <= start < end <= len(payload)
    return [each.value for each in found]


@pytest.mark.parametrize(("language", "text"), RESERVING)
def test_a_sentence_that_refuses_training_or_mining_is_found(language: str, text: str) -> None:
    assert [each.value for each in in_texts(pa.array([text]))[0]] == [text]


@pytest.mark.parametrize(("language", "text"), TELLING)
def test_a_sentence_that_tells_of_training_and_of_refusals_is_none(language: str, text: str) -> None:
    assert not in_texts(pa.array([text])).get(0)


def test_there_are_enough_languages_and_variants() -> None:
    assert len(SENTENCES["reserving"]) >= 34
    assert set(SENTENCES["reserving"]) == set(wordings())
    assert len(RESERVING) >= 200
    assert len(TELLING) >= 90


SHAPES = {
    "paragraph": "<body><p>Before.</p><p>{}</p><p>After.</p>",
    "footer": "<body><main>Text</main><footer><div>© 2025</div>{}</footer>",
    "marked": "<body><p><b>{}</b></p>",
    "table": "<table><tr><td>x</td><td>{}</td></tr></table>",
    "break": "<body>Line<br>{}<br>Line",
    "after a script": "<body><script>var a = '<p>';</script><style>p {{}}</style>{}<script>b()</script>",
    "meta": '<head><meta name="copyright" content="{}"></head><body>x',
    "dcterms": "<head><meta content='{}' name='dcterms.rights'></head><body>x",
    "bare": "{}",
}


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("escaped", [False, True], ids=["plain", "escaped"])
def test_it_is_found_however_a_page_holds_it(shape: str, escaped: bool) -> None:
    for _, text in RESERVING:
        written = html.escape(text, quote=True)
        if escaped:
            written = written.replace(" ", "\n  ").replace("§", "&sect;").replace("ü", "&uuml;")
        found = said(SHAPES[shape].format(written))
        assert [each.removeprefix("Line ").removesuffix(" Line") for each in found] == [text], (shape, text)


def test_tags_within_a_sentence_do_not_part_it_and_blocks_do() -> None:
    for _, text in RESERVING:
        words = text.split(" ")
        if len(words) > 4:
            first, last = html.escape(words[0]), html.escape(" ".join(words[1:]))
            assert said(f'<p>{first} <a href="/terms"><em>{last}</em></a></p>') == [text]
    assert said("<li>No part of this site may be copied.</li><li>We like machine learning</li>") == []


def test_what_is_not_shown_is_not_read() -> None:
    text = "No part of this site may be used to train artificial intelligence systems."
    for page in (
        f"<p>x</p><!-- {text} --><p>y</p>",
        f"<script>var a = '{text}'</script><p>y</p>",
        f"<style>/* {text} */</style>",
        f'<img alt="{text}">',
        f'<div data-note="{text}">x</div>',
    ):
        assert said(page) == []


CHARSETS = [(language, text, charset) for language, text in RESERVING for charset in wordings()[language].charsets]


def test_it_is_found_in_the_charsets_of_old_pages() -> None:
    tried = 0
    for language, text, charset in CHARSETS:
        filler = "".join(f"<p>{other}</p>" for other in SENTENCES["telling"].get(language, ()))
        try:
            page = f"<html><head><title>x</title></head><body><p>{text}</p>{filler}</body>".encode(charset)
        except UnicodeEncodeError:
            continue
        name = {"latin-1": "iso-8859-1", "cp874": "windows-874"}.get(charset, charset.replace("cp125", "windows-125"))
        assert said(page, f"text/html; charset={name.replace('_', '-')}") == [text], charset
        tried += 1
    assert tried >= 60


@pytest.mark.parametrize("language", wordings())
def test_every_word_of_the_table_counts(language: str) -> None:
    wording = wordings()[language]
    use = wording.mining[0] if wording.mining else f"{wording.train[0]} {wording.models[0]}"
    pause = " " if language not in ("zho", "jpn", "tha") else ""
    for section in ("mining", "train", "models", "refusals", "bans", "ours", "told"):
        for word in getattr(wording, section):
            assert folded(word) == word, word
            assert _reserves(wording, section, word, use, pause) == (section != "told"), (section, word)


def _reserves(wording: Wording, section: str, word: str, use: str, pause: str) -> bool:
    pair = {"train": f"{word} {wording.models[0]}", "models": f"{wording.train[0]} {word}", "mining": word}
    spoken = pair.get(section, use)
    match section:
        case "bans":
            return wording.reserves(f"{spoken}{pause}{word}")
        case "refusals":
            return wording.reserves(f"{wording.ours[0]} {spoken} {word}")
        case "ours":
            return wording.reserves(f"{word} {'x ' * 30}{spoken} {'x ' * 30}{wording.refusals[0]}")
        case "told":
            return wording.reserves(f"{wording.ours[0]} {spoken} {wording.bans[0]} {word}")
    return wording.reserves(f"{wording.ours[0]} {spoken} {wording.bans[0]}")


def row(payload: str | None, **columns: Any) -> dict[str, Any]:
    base = {"id": "0", "text": "", "source": "web", "source_id": "0", "url": "https://site.example/1"}
    return base | {"payload": payload and payload.encode(), "content_type": "text/html"} | columns


def judged(given: dict[str, Any], **settings: Any) -> dict[str, Any]:
    rows: list[dict[str, Any]] = judge([License(**settings)], batch_of([given], PAGE)).documents.to_pylist()
    return rows[0]


NOTICE = "Use of this site for AI training is prohibited."
PAGE_OF = f"<main><p>The weir was raised twice.</p>{LICENSED}</main><footer>{NOTICE}</footer>"


def test_a_document_is_flagged_and_the_words_are_evidence_with_their_place() -> None:
    found = judged(row(PAGE_OF))
    assert (found["rejected_by"], found["flagged_by"]) == (None, ["license.reserved_in_words"])
    evidence = [each for each in found["evidence"] if each["kind"] == "words"]
    assert [(each["value"], each["subject"]) for each in evidence] == [(NOTICE, "site")]
    part, _, span = evidence[0]["where"].partition(":")
    start, end = map(int, span.split("-"))
    assert part == "footer"
    assert PAGE_OF.encode()[start:end].decode() == evidence[0]["value"]
    assert len(evidence[0]["digest"]) == 64


def test_a_policy_rejects_or_passes_it_and_a_contract_may_answer_it() -> None:
    assert judged(row(PAGE_OF), reserved_in_words={"max": 0})["rejected_by"] == "license.reserved_in_words"
    passed = judged(row(PAGE_OF), reserved_in_words={})
    assert (passed["rejected_by"], passed["flagged_by"]) == (None, None)
    contract = row(PAGE_OF, license="LicenseRef-Contract-1")
    accepted = {"verdict": ["contract"]}
    assert judged(contract, **accepted)["flagged_by"] == ["license.reserved_in_words"]
    answered = judged(contract, **accepted, license_overrides_reservation=True)
    assert (answered["rejected_by"], answered["flagged_by"]) == (None, None)


def test_a_text_without_a_page_is_read_too() -> None:
    text = "第一章。\n未经许可，不得将本书用于人工智能训练。\n第二章。"
    found = judged(row(None, text=text, license="CC-BY-4.0"))
    assert found["flagged_by"] == ["license.reserved_in_words"]
    evidence = [each for each in found["evidence"] if each["kind"] == "words"]
    start, end = map(int, evidence[0]["where"].removeprefix("text:").split("-"))
    assert text.encode()[start:end].decode() == evidence[0]["value"] == "未经许可，不得将本书用于人工智能训练。"


def test_a_page_full_of_such_words_takes_no_longer_than_its_ends() -> None:
    filler = "machine learning and artificial intelligence are fun " * 20_000
    assert said(f"<p>{filler}</p><footer>No part of this site may be used to train AI systems.</footer>") == [
        "No part of this site may be used to train AI systems."
    ]


def test_the_cases_on_which_we_were_wrong(cases: Path) -> None:
    source = (cases / "35-optouts" / "cases.py").read_text(encoding="utf-8")
    lines = source[source.index("art=") : source.index("rows=")]
    scope: dict[str, Any] = {}
    exec(lines, scope)  # a table of the development data, written as Python
    names, expected = list(scope["V"]), [want for _, _, want in scope["V"].values()]
    rows = [
        row(page, id=name, headers=[{"name": key, "value": value} for key, value in headers])
        for name, (page, headers, _) in scope["V"].items()
    ]
    documents = judge([License(confidence=Range(min=0.0))], batch_of(rows, PAGE)).documents.to_pylist()
    for name, want, document in zip(names, expected, documents, strict=True):
        reserved = document["rejected_by"] is not None or document["flagged_by"] is not None
        assert want is None or reserved == bool(want), name


def test_order_and_neighbours_do_not_matter() -> None:
    texts = [text for _, text in RESERVING]
    random.Random(7).shuffle(texts)
    for drawn in (texts[:90], texts[90:180], texts[180:]):  # of a longer text only the ends are read
        assert {each.value for each in in_texts(pa.array(["\n".join(drawn)]))[0]} == set(drawn)
