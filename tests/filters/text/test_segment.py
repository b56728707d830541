import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from filters.text import segment


def tokens_of(text: str) -> list[str]:
    tokens = segment.tokens(segment.characters(pa.array([text])))
    return [text[start:end] for start, end in zip(tokens.starts, tokens.ends, strict=True)]


def lines_of(text: str) -> list[str]:
    lines = segment.lines(segment.characters(pa.array([text])))
    return [text[start:end] for start, end in zip(lines.starts, lines.ends, strict=True)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Hello, world!", ["Hello", ",", "world", "!"]),
        ("a well-known fact", ["a", "well", "-", "known", "fact"]),
        ("“Don't!” (it's 50%)", ["“", "Do", "n't", "!", "”", "(", "it", "'s", "50", "%", ")"]),
        ("see http://a.org/b?c=d, or x@y.org.", ["see", "http://a.org/b?c=d", ",", "or", "x@y.org", "."]),
        ("U.S. firms... 3.5 end.Start", ["U.S.", "firms", "...", "3.5", "end", ".", "Start"]),
        ("我爱AI系统。", ["我", "爱", "AI", "系", "统", "。"]),
        ("データを使う", ["データ", "を", "使", "う"]),
        ("ที่นี่ และใน", ["ที่", "นี่", "และ", "ใน"]),
        ("ខ្ញុំស្រលាញ់", ["ខ្ញុំ", "ស្រ", "លា", "ញ់"]),
        ("བོད་སྐད།", ["བོད", "སྐད", "།"]),
        ("한국어는 언어이다.", ["한국어는", "언어이다", "."]),
        ("هذا نص، قصير؟", ["هذا", "نص", "،", "قصير", "؟"]),
        ("", []),
        (" \n ", []),
    ],
)
def test_words_and_marks_are_tokens(text: str, expected: list[str]) -> None:
    assert tokens_of(text) == expected


@settings(deadline=None)
@given(st.text(alphabet=st.one_of(st.characters(exclude_categories=["Cs"]), st.sampled_from(".-'’n t,…ไกา្้ក我"))))
def test_tokens_are_the_text_without_its_white_space(text: str) -> None:
    assert "".join(tokens_of(text)) == "".join(text.replace("\u0f0b", " ").replace("\u0f0c", " ").split())


@settings(deadline=None)
@given(st.text(alphabet=st.sampled_from("ab \t\n\r\v\x85\u2028")))
def test_lines_are_those_of_str_splitlines_that_are_not_blank(text: str) -> None:
    assert lines_of(text) == [line.strip() for line in text.splitlines() if line.strip()]


def test_a_paragraph_ends_at_a_blank_line() -> None:
    text = "one\ntwo\n \nthree\n\n\nfour"
    paragraphs = segment.lines(segment.characters(pa.array(["", text]))).paragraphs
    pieces = [text[start:end] for start, end in zip(paragraphs.starts, paragraphs.ends, strict=True)]
    assert pieces == ["one\ntwo", "three", "four"]
    assert paragraphs.count.tolist() == [0, 3]


@pytest.mark.parametrize(
    ("text", "sentences"),
    [
        ("One. Two! Three?", 3),
        ("He came at 3.5 p.m... and left (really!?).", 1),
        ("你好！我来了。再见", 3),
        ("यह एक है। वह दो है।", 2),
        ("هذا؟ نعم۔", 2),
        ("", 0),
    ],
)
def test_sentences_end_at_the_terminals_of_every_script(text: str, sentences: int) -> None:
    assert segment.tokens(segment.characters(pa.array([text]))).sentences.tolist() == [sentences]


def test_bytes_that_are_not_utf8_are_replaced_and_stay_in_their_document() -> None:
    broken = pa.array([b"ab\xe4\xb8", b"\x80c", b"\xf4\x90\x80\x80", b"\xed\xa0\x80\xe0\x80\x80", "né".encode()]).view(
        pa.string()
    )
    texts = segment.characters(broken)
    pieces = ["".join(map(chr, texts.points[a:b])) for a, b in zip(texts.documents, texts.documents[1:], strict=False)]
    assert pieces == ["ab\ufffd\ufffd", "\ufffdc", "\ufffd" * 4, "\ufffd" * 6, "né"]


@given(st.lists(st.text()))
def test_code_points_are_those_of_the_texts(texts: list[str]) -> None:
    decoded = segment.characters(pa.array(["skipped", *texts], pa.string()).slice(1))
    assert decoded.points.tolist() == [ord(c) for text in texts for c in text]
    assert decoded.count.tolist() == [len(text) for text in texts]


def test_only_what_starts_with_a_mark_is_counted() -> None:
    texts = segment.characters(pa.array(["#a ## … ...", "none", ""]))
    assert texts.number_of("#").tolist() == [3, 0, 0]
    assert texts.number_of("...", "…").tolist() == [2, 0, 0]
    with pytest.raises(ValueError, match="'none' does not start with a mark"):
        texts.number_of("none")
