from collections.abc import Callable

import pyarrow as pa
import pytest

from filters.chain import judge
from filters.documents import Documents
from filters.machine_text import MachineText

Batch = Callable[..., pa.RecordBatch]

PROSE = "The mills that stand by the river have to be kept with care, and most of the work is done by hand. " * 4


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (PROSE, None),
        (PROSE + "As an AI language model, I cannot visit the mills.", "refusals"),
        ("Als KI-Sprachmodell kann ich das nicht.", "refusals"),
        ("作为一个人工智能语言模型，我没有个人观点。", "refusals"),
        ("Как языковая модель, я не имею мнения.", "refusals"),
        ("I’m sorry, but I can’t assist with that.", "refusals"),
        ("Dear {{first_name}}, welcome to [Your Company]. Yours, ${sender}", "placeholders"),
        ("Hello %(name)s, you bought [object Object].", "placeholders"),
        ("Sаle оf chеap wаtches, bеst priсe".replace("e", "е"), "mixed_script_words"),
        ("Nobody knows where these people came from. " * 20, "function_words"),
        ("", None),
    ],
)
def test_each_sign_rejects_what_it_is_about(batch: Batch, text: str, reason: str | None) -> None:
    rejected_by = judge([MachineText()], batch(text, language="eng_Latn")).documents["rejected_by"].to_pylist()
    assert rejected_by == [reason and f"machine_text.{reason}"]


@pytest.mark.parametrize(
    "text",
    [
        "Die IT-Abteilung misst 5 μm und Δt; β-Carotin ist orange.",
        "Компания Apple выпустила iPhone и IT-решения для USB-портов.",
        "Η εταιρεία Google ανακοίνωσε νέα προϊόντα.",
        "In LaTeX write \\frac{a}{b}; in C, if (a) { b(); }.",
        "Η τιμή [1] και 100 % (περίπου) {ή λιγότερο}.",
    ],
)
def test_two_alphabets_in_one_text_are_no_sign(batch: Batch, text: str) -> None:
    signals = judge([MachineText()], batch(text)).signals
    assert signals["machine_text.mixed_script_words"].to_pylist() == [0]
    assert signals["machine_text.placeholders"].to_pylist() == [0]


def test_function_words_count_in_capitals_and_only_where_the_language_has_a_list(batch: Batch) -> None:
    share = "machine_text.function_words"
    capitals = judge([MachineText()], batch(PROSE.upper(), language="eng_Latn")).signals[share][0].as_py()
    small = judge([MachineText()], batch(PROSE.lower(), language="eng_Latn")).signals[share][0].as_py()
    unknown = judge([MachineText()], batch(PROSE, language="tlh_Latn")).signals[share][0].as_py()
    assert capitals == small > 0.2
    assert unknown != unknown  # NaN


def test_the_evidence_of_function_words_is_only_where_the_language_has_a_list(batch: Batch) -> None:
    known, unknown = (MachineText().evidence(Documents(batch(PROSE, language=tag))) for tag in ("eng_Latn", "tlh_Latn"))
    assert set(known) - set(unknown) == {"function_words"}
