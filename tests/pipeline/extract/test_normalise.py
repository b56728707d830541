"""What the normal form of a text changes, and what it leaves alone."""

import re
import unicodedata
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.extract import Normalize
from pipeline.extract.normalise import C1, CONTROLS, RARE, SPACES, STEPS, TAGS, ZERO_WIDTH
from shards.schema import DOCUMENT, batch_of


def documents(*texts: str, rejected_by: str | None = None) -> pa.RecordBatch:
    return batch_of(
        [
            {"id": f"{row:032x}", "text": text, "source": "test", "source_id": str(row), "rejected_by": rejected_by}
            for row, text in enumerate(texts)
        ],
        DOCUMENT,
    )


def normal(text: str, **settings: object) -> str:
    return Normalize.model_validate(settings).run(documents(text)).documents.column("text")[0].as_py()


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("cafe\u0301", "café"),
        ("각", "각"),
        ("one\r\ntwo\rthree\u2028four", "one\ntwo\nthree\nfour"),
        ("paragraph\u2029paragraph", "paragraph\n\nparagraph"),
        ("nul\x00 bell\x07 c1\x81", "nul bell c1"),
        ("it\x92s \x93so\x94 \x96 wait\x85", "it’s “so” – wait…"),
        ("one\x85two", "one\ntwo"),
        ("soft\u00adhyphen, \ufeffmark, wo\u2060rd", "softhyphen, mark, word"),
        ("trojan \u202eesrever\u202c source", "trojan esrever source"),
        ("no\u00a0break, thin\u2009space, narrow\u202f!", "no break, thin space, narrow !"),
        ("many   spaces\tand\t\ttabs", "many spaces and tabs"),
        ("trailing  \nspace \t\n", "trailing\nspace"),
        ("a\n\n\n\n\nb", "a\n\nb"),
        ("a\n \n\t\nb", "a\n\nb"),
        ("\n\n  first", "  first"),
        ("　　段落開頭\n　第二段　\n中　間", "段落開頭\n第二段\n中　間"),
        ("zero\u200bwidth\u200cin\u200dEnglish", "zerowidthinEnglish"),
        ("𝟏 stays, Å is composed", "𝟏 stays, Å is composed"),
    ],
)
def test_a_text_is_written_in_its_normal_form(written: str, expected: str) -> None:
    assert normal(written) == expected


@pytest.mark.parametrize(
    "text",
    [
        "می\u200cخواهم",  # Persian: one word, parts not joined
        "فایل HTML\u200cها",  # a Persian suffix after a Latin word
        "क्\u200dष और क्\u200cष",  # Hindi: conjunct forms
        "അവന്\u200d പോയി",  # Malayalam: a chillu at the end of a word
        "👩\u200d👩\u200d👧 ❤\ufe0f\u200d🔥 🏴\U000e0067\U000e0062\U000e0065\U000e006e\U000e0067\U000e007f",
        "ខ្ញុំ\u200bស្រឡាញ់\u200bភាសា",  # Khmer: words parted by zero-width spaces
        "葛\U000e0100城市",  # an ideographic variation
        "def f():\n    return 1\n\n\tindented by a tab",
        "“Quotes” – dashes — and … stay; so does ﬁ, ＡＢＣ, ｶﾅ, ， and 後來",
        "한국어 텍스트, ไทย, עברית בְּרֵאשִׁית, العربية",
    ],
)
def test_what_belongs_to_the_writing_stays(text: str) -> None:
    assert normal(text) == unicodedata.normalize("NFC", text)


def test_doubled_joiners_become_one() -> None:
    assert normal("می\u200c\u200c\ufeffخواهم") == "می\u200cخواهم"


@pytest.mark.parametrize("text", ["", "   ", "\u200b\u200b", "\n\x00\r\n", "\u3000\ufeff"])
def test_a_text_of_nothing_visible_is_rejected(text: str) -> None:
    result = Normalize().run(documents(text, "kept")).documents
    assert result.column("text").to_pylist() == ["", "kept"]
    assert result.column("rejected_by").to_pylist() == ["normalize.empty", None]


def test_a_rejected_document_is_left_as_it_is() -> None:
    batch = documents("a \x00 b", "", rejected_by="extract.too_deep")
    assert Normalize().run(batch).documents.equals(batch)


def test_folding_is_done_on_request_only() -> None:
    assert normal("ﬁnal ﬀect", ligatures=True) == "final ffect"
    assert normal("ＡＢＣ１２３，ｶﾞﾅ！", width=True) == "ABC123，ガナ！"
    assert normal("汉字和软件", opencc="s2t") == "漢字和軟件"
    assert normal("滑鼠和軟體", opencc="tw2sp") == "鼠标和软件"


def test_a_conversion_names_the_files_that_decide_it() -> None:
    assert Normalize().resources() == ()
    assert {path.suffix for path in Normalize(opencc="t2s").resources()} == {".json", ".ocd2"}


def test_every_change_is_counted_by_its_kind() -> None:
    counts = Normalize().run(documents("a\r\nb\r\nc\x00\u200b\u00a0d", "clean")).signals
    assert {
        name.partition(".")[2]: count.to_pylist() for name, count in counts.items() if count.to_pylist() != [0, 0]
    } == {
        "line_ends": [2, 0],
        "controls": [1, 0],
        "zero_width": [1, 0],
        "spaces": [1, 0],
    }


TEXTS = st.text(
    st.one_of(
        st.sampled_from(
            list(" \n\t\r\u00a0\u3000\u200b\u200c\u200d\ufeff\u0301\u093c\u05b0\u3099\ufe0fae\u0915\u1780\u4e2d")
        ),
        st.characters(exclude_categories=["Cs"]),
    ),
    max_size=40,
)


def test_mojibake_with_a_control_character_in_it_is_put_right_in_one_pass() -> None:
    assert normal("Â\x1f¡") == "¡"


@settings(deadline=None, max_examples=60)
@given(TEXTS)
def test_the_normal_form_is_a_fixed_point(text: str) -> None:
    once = normal(text)
    assert normal(once) == once
    assert unicodedata.is_normalized("NFC", once)


@settings(deadline=None, max_examples=60)
@given(TEXTS)
def test_the_fast_path_passes_only_what_is_normal_already(text: str) -> None:
    assert normal(text) == Normalize().normal(text)[0]


@settings(deadline=None, max_examples=60)
@given(st.lists(TEXTS, max_size=5))
def test_a_document_is_normalised_the_same_in_any_batch(texts: list[str]) -> None:
    together = Normalize().run(documents(*texts)).documents.column("text").to_pylist()
    assert together == [normal(text) for text in texts]


@settings(deadline=None, max_examples=60)
@given(st.integers(0, 5), TEXTS)
def test_a_slice_of_a_batch_is_normalised_like_the_whole(start: int, text: str) -> None:
    batch = documents(*["a", "b  c", "d", text, "e\x00", "f"])
    assert Normalize().run(batch.slice(start)).documents.equals(Normalize().run(batch).documents.slice(start))


def test_long_runs_of_spaces_take_linear_time() -> None:
    run = " " * 300_000
    assert normal(f"{run}a{run}\n{run}b{run}c") == f"{run}a\n{run}b c"


@pytest.mark.parametrize(
    "text", ["São Paulo — “İzmir”", "Привет, мир!", "北京欢迎您", "ｶﾞ 東京", "مرحبا بالعالم", "สวัสดีครับ", "naïve café’s"]
)
@pytest.mark.parametrize("read_as", ["latin-1", "cp1252"])
def test_utf_8_that_was_read_as_another_charset_is_put_right_and_counted(text: str, read_as: str) -> None:
    try:
        broken = text.encode().decode(read_as)
    except UnicodeDecodeError:
        pytest.skip(f"{text} has a byte that {read_as} lacks")
    judgement = Normalize().run(documents(broken, text))
    assert judgement.documents.column("text").to_pylist() == [text, text]
    put_right, untouched = judgement.signals["normalize.mojibake"].to_pylist()
    assert put_right > 0
    assert untouched == 0
    assert Normalize(mojibake=False).run(documents(broken)).signals["normalize.mojibake"].to_pylist() == [0]


@pytest.mark.parametrize(
    "text",
    [
        "«Où est-il ?» «À Paris» l’été, l’âge",  # letters that are first bytes, before what are later ones
        "Ã é uma letra; Â também",
        "pâté’s, forêt™, maïs® à 5 €",
        "La ï¿½nceputul fiecăreia",  # what it was is lost
        "Việt Nam: Ðồng; đ",
        "Îmi place; â€",
    ],
)
def test_text_that_only_looks_broken_stays(text: str) -> None:
    assert normal(text) == text


def test_what_is_looked_for_first_is_all_that_the_patterns_of_rare_signs_change() -> None:
    every = "\n".join(chr(point) for point in range(0x110000) if not 0xD800 <= point < 0xE000)
    changed = {sign for pattern in (TAGS, CONTROLS, ZERO_WIDTH, SPACES, C1) for sign in "".join(pattern.findall(every))}
    assert set(RARE.findall(every)) == changed - {"\n"}
    assert set(RARE.findall(unicodedata.normalize("NFC", every))) <= changed  # composing adds none


def test_a_text_without_rare_signs_is_not_searched_for_each(monkeypatch: pytest.MonkeyPatch) -> None:
    searched: list[str] = []

    class Counted:
        def __init__(self, kind: str, pattern: re.Pattern[str]) -> None:
            self.kind, self.pattern = kind, pattern

        def subn(self, *arguments: Any) -> tuple[str, int]:
            searched.append(self.kind)
            return self.pattern.subn(*arguments)

    steps = [(kind, signs, Counted(kind, pattern), substitute) for kind, signs, pattern, substitute in STEPS]
    monkeypatch.setattr("pipeline.extract.normalise.STEPS", tuple(steps))
    assert Normalize().normal("Ein Text  mit zwei Leerzeichen und “Zeichen” — 语料。") == (
        "Ein Text mit zwei Leerzeichen und “Zeichen” — 语料。",
        {"spaces": 1},
    )
    assert searched == ["spaces"]
