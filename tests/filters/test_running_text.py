"""Running text by letters: kinds of text in scripts of every way to end a sentence, made by composition."""

from collections.abc import Callable

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from filters.base import Range
from filters.chain import judge
from filters.running_text import RunningText

Batch = Callable[..., pa.RecordBatch]

# Sentences without their end, the mark that ends one, and names, in scripts that end sentences in their own way.
SCRIPTS: dict[str, tuple[tuple[str, ...], str, tuple[str, ...]]] = {
    "eng_Latn": (
        (
            "The harbour was busy all through the spring",
            "A ship that had waited for the ice came in at night",
            "Nobody had told the old pilot that the crane would go",
        ),
        ".",
        ("Alba", "Bresk", "Corda", "Dorn", "Elst"),
    ),
    "zho_Hans": (
        ("春天的港口一直非常忙碌", "等待冰化的船在夜里进了港", "没有人告诉老领航员吊车要搬走"),
        "。",
        ("青石", "白塔", "苍耳", "石桥", "柳林"),
    ),
    "arb_Arab": (
        (
            "كان الميناء مزدحما طوال فصل الربيع",
            "دخلت السفينة التي انتظرت ذوبان الجليد ليلا",
            "لم يخبر أحد المرشد العجوز بأمر الرافعة",
        ),
        "؟",
        ("صور", "صيدا", "جبيل", "عكا", "يافا"),
    ),
    "hin_Deva": (
        (
            "बंदरगाह सारे वसंत में व्यस्त रहा था",
            "बर्फ के जाने का इंतजार करता जहाज रात को आया",
            "किसी ने बूढ़े नाविक को यह बात नहीं बताई थी",
        ),
        "।",
        ("सूरत", "भरूच", "वलसाड", "नवसारी", "दमन"),
    ),
    "tha_Thai": (
        (
            "ท่าเรือคึกคักตลอดฤดูใบไม้ผลิเพราะเรือที่รอให้น้ำแข็งละลายเข้ามาทีละลำแล้วต้องขนของลง",
            "ไม่มีใครบอกคนนำร่องแก่ว่าปั้นจั่นจะถูกย้ายออกไปในวันอังคารหน้าและเขาก็ไม่เคยถามใครเลย",
        ),
        "",
        ("ระยอง", "ชลบุรี", "ตราด", "ตรัง", "กระบี่"),
    ),
}
FILTER = RunningText(letters=Range(min=60), repeated=Range())  # texts of a few lines, made of a few sentences


def kinds(language: str) -> dict[str, str]:
    """Return a text of each kind in the language."""
    sentences, end, names = SCRIPTS[language]
    article = "\n".join(f"{sentence}{end}" for sentence in sentences * 2)
    return {
        "article": article,
        "article over a list of names": article + "\n" + "\n".join(f"- {name}" for name in names * 2),
        "one paragraph that breaks off": f"{end} ".join(sentences * 2)
        + end
        + " "
        + sentences[0][: len(sentences[0]) // 3],
        "code between paragraphs": article + "\n```\n" + "return x;\n}\n" * 30 + "```\n" + article,
        "speech in quotation marks": "\n".join(f"“{sentence}{end}”" for sentence in sentences * 2),
        "clauses of a law": "\n".join(f"({i}) {sentence};" for i, sentence in enumerate(sentences * 2)),
        "names": "\n".join(names * 4),
        "a menu over a sentence": "\n".join([*names * 4, sentences[0] + end]),
        "times": "\n".join(f"{name} 06:10 07:40 09:10 12:10" for name in names * 2),
    }


@pytest.mark.parametrize("language", SCRIPTS)
def test_kinds_of_text_are_kept_and_what_stands_around_texts_is_not(batch: Batch, language: str) -> None:
    texts = kinds(language)
    judged = judge([FILTER], batch(*texts.values(), language=language))
    kept = {
        kind for kind, reason in zip(texts, judged.documents["rejected_by"].to_pylist(), strict=True) if reason is None
    }
    assert set(texts) - kept == {"names", "a menu over a sentence", "times"}


@pytest.mark.parametrize(
    ("language", "lines"),
    [
        (
            "eng_Latn",
            (
                "I wait beside the ticket hut",
                "with all the birds asleep",
                "the café and the gate are shut",
                "and so the channel is",
            ),
        ),
        (
            "deu_Latn",
            (
                "Ich stehe an dem Schalter hier",
                "und alle Vögel schlafen",
                "das Licht ist aus und auch die Tür",
                "so still ist es im Hafen",
            ),
        ),
        ("zho_Hans", ("我站在售票的小屋旁，", "鸟儿都已经睡着；", "咖啡馆和铁门都关上，", "水道又黑又深。")),
    ],
)
def test_lines_of_a_poem_are_running_text_and_as_few_lines_of_a_list_are_not(
    batch: Batch, language: str, lines: tuple[str, ...]
) -> None:
    poem, numbered = "\n".join(lines), "\n".join(f"{i}.{i} {line.rstrip('，；。')}" for i, line in enumerate(lines, 1))
    shares = judge([FILTER], batch(poem, numbered, language=language)).signals["running_text.share"]
    assert shares.to_pylist() == [1, 0]


@pytest.mark.parametrize(
    ("line", "share"),
    [
        ("They left at noon and came back late.", 1),
        ("They left at noon and came back late.’)", 1),
        ("他们中午出发，很晚才回来。」", 1),
        ("They left at noon and came back late...", 0),
        ("They left at noon and came back late,", 1),
        ("Version 3.2 of the library for e.g. the web", 0),
        ("D.3.5. Installing the kernel of the system", 0),
        ("See www.example.org for the list of ships", 0),
        ("They left. Then it", pytest.approx(8 / 14)),
        ("Learn more.", 0),  # fewer than four words
    ],
)
def test_a_line_is_running_text_as_far_as_a_sentence_ends_in_it(batch: Batch, line: str, share: float) -> None:
    assert judge([FILTER], batch(line)).signals["running_text.share"].to_pylist() == [share]


def test_a_text_that_is_nothing_but_code_has_no_share_and_is_measured_by_its_letters(batch: Batch) -> None:
    judged = judge([RunningText(letters=Range())], batch("```\nx = 1\n```", ""))
    assert judged.documents["rejected_by"].to_pylist() == [None, None]
    assert all(
        np.isnan(judged.signals[f"running_text.{name}"].to_pylist()).all()
        for name in ("share", "repeated", "bare_lines")
    )


def test_repeated_lines_count_by_their_letters(batch: Batch) -> None:
    text = "One sentence stands here once.\n" + "Another one stands here twice.\n" * 2
    (repeated,) = judge([FILTER], batch(text)).signals["running_text.repeated"].to_pylist()
    assert repeated == pytest.approx(25 / 75)


@settings(max_examples=30)
@given(st.sampled_from(list(SCRIPTS)), st.integers(1, 30))
def test_a_list_below_a_text_takes_nothing_from_its_letters(batch: Batch, language: str, names: int) -> None:
    sentences, end, known = SCRIPTS[language]
    article = "\n".join(sentence + end for sentence in sentences * 3)
    listed = article + "\n" + "\n".join(f"- {known[i % len(known)]}" for i in range(names))
    alone, beside = (
        judge([FILTER], batch(article, listed, language=language)).signals["running_text.letters"].to_pylist()
    )
    assert alone == beside
