"""What every filter promises, whatever it measures."""

import pickle
from collections.abc import Callable
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from filters.base import Filter
from filters.chain import judge
from filters.documents import Documents
from pipeline.catalogue import FILTERS
from shards.schema import DOCUMENT, batch_of

ARTICLE = (
    "The river rises in the hills to the north of the town, and it has been used for mills since the Middle Ages.\n"
    "Most of them were closed when the railway came; two have been kept as museums, with their wheels.\n\n"
    "Visitors can see how flour was made (and how loud it was). “Nobody could sleep,” says the guide.\n"
)
TEXTS = (
    ARTICLE,
    "",
    " \n\t\n",
    "• one\n• two\n• three...\n- four…",
    "我爱北京天安门。天安门上太阳升！\n伟大的城市，有三千年的历史。",
    "データベースを使います。東京は日本の首都です。",
    "ภาษาไทยเป็นภาษาที่มีระดับเสียงของคำแน่นอน ใช้ในประเทศไทย",
    "ខ្ញុំស្រលាញ់ប្រទេសកម្ពុជា។ မြန်မာဘာသာစကား။ བོད་སྐད་ཡིན།",
    "هذا نص عربي قصير، وهو مكتوب من اليمين إلى اليسار. ما رأيك؟",
    "यह हिन्दी में लिखा गया एक छोटा सा लेख है। इसमें दो वाक्य हैं।",
    "a\u200bb\u0000c \ufffd \U0010ffff \U000e0041 e\u0301 \ud7a3",
    "word " * 300,
)

# What a filter needs to measure anything at all.
SETTINGS: dict[str, dict[str, Any]] = {
    "classifier": {"models": [{"name": "chinese", "path": "lid.176", "label": "__label__zh", "score": {}}]}
}

# Words of scripts that put no spaces between them; U+200B may.
WORDS = (
    "ទន្លេ ហូរ កាត់ ទីក្រុង ហើយ មនុស្ស រស់ នៅ តាម ច្រាំង",
    "แม่น้ำ ไหล ผ่าน เมือง และ ผู้คน อาศัย อยู่ ริม ฝั่ง",
    "မြစ် သည် မြို့ ကို ဖြတ် စီးဆင်း ပြီး လူများ နေထိုင် ကြ",
    "ແມ່ນ້ຳ ໄຫຼ ຜ່ານ ເມືອງ ແລະ ຄົນ ອາໄສ ຢູ່ ແຄມ ຝັ່ງ",
    "ཆུ་ ཆེན་ རྒྱུག་ གྲོང་ ཁྱེར་ མི་ འདུག་ ལམ་ བཟང་ ཡོད་",
)
# Shares of characters, of which U+200B is one; models that read the text itself; what reads pages.
OF_CHARACTERS = ("gopher_repetition", "fineweb", "hidden_text", "mc4", "sentence_repetition")
OF_TEXTS = ("classifier", "language", "license")

Batch = Callable[..., pa.RecordBatch]


@pytest.fixture(scope="session", params=FILTERS.names())
def any_filter(request: pytest.FixtureRequest) -> Filter:
    return FILTERS.find(request.param).model_validate(SETTINGS.get(request.param, {}))


def found(filter: Filter, batch: pa.RecordBatch) -> tuple[list[str | None], dict[str, list[Any]], list[dict[str, Any]]]:
    """Return the reasons, signals and documents as plain values that compare equal (NaN, too)."""
    judgement = judge([filter], batch)
    signals = {name: [repr(value) for value in column.to_pylist()] for name, column in judgement.signals.items()}
    return judgement.documents["rejected_by"].to_pylist(), signals, judgement.documents.to_pylist()


def test_there_is_one_value_per_document_and_signal(any_filter: Filter, batch: Batch) -> None:
    judgement = judge([any_filter], batch(*TEXTS))
    assert {f"{any_filter.name}.{name}" for name in any_filter.signals()} <= set(judgement.signals)
    assert {len(column) for column in judgement.signals.values()} == {len(TEXTS)}
    assert judgement.documents["id"].to_pylist() == batch(*TEXTS)["id"].to_pylist()


def test_a_document_is_judged_as_if_it_were_alone(any_filter: Filter, batch: Batch) -> None:
    documents = batch(*TEXTS)
    reasons, signals, rows = found(any_filter, documents)
    for row in range(len(TEXTS)):
        alone = found(any_filter, documents.slice(row, 1))
        assert alone == ([reasons[row]], {name: [values[row]] for name, values in signals.items()}, [rows[row]])


def test_a_slice_is_judged_by_what_is_in_it(any_filter: Filter, batch: Batch) -> None:
    whole = found(any_filter, batch(*TEXTS))
    part = found(any_filter, batch("before", *TEXTS, "after").slice(1, len(TEXTS)))
    assert part[:2] == whole[:2]


def test_no_documents_give_no_values(any_filter: Filter, batch: Batch) -> None:
    judgement = judge([any_filter], batch())
    assert judgement.documents.num_rows == 0
    assert {len(column) for column in judgement.signals.values()} <= {0}


@settings(deadline=None, max_examples=60)
@given(texts=st.lists(st.text(max_size=200), min_size=1, max_size=4))
def test_any_unicode_is_judged_and_in_any_order_alike(any_filter: Filter, batch: Batch, texts: list[str]) -> None:
    forwards = found(any_filter, batch(*texts))
    backwards = found(any_filter, batch(*texts[::-1]))
    assert backwards[0] == forwards[0][::-1]
    assert backwards[1] == {name: values[::-1] for name, values in forwards[1].items()}


def test_settings_survive_json_and_pickling(any_filter: Filter) -> None:
    assert type(any_filter).model_validate_json(any_filter.model_dump_json()) == any_filter
    assert pickle.loads(pickle.dumps(any_filter)) == any_filter


def test_a_misspelt_setting_is_an_error(any_filter: Filter) -> None:
    with pytest.raises(ValueError, match="wrods"):
        type(any_filter).model_validate({"name": any_filter.name, "wrods": {"min": 1}})


def test_every_bound_can_be_switched_off(any_filter: Filter, batch: Batch) -> None:
    off = any_filter.model_copy(
        update={name: type(bound)() for name, bound in any_filter.bounds().items()},
    )
    assert judge([off], batch(*TEXTS)).documents["rejected_by"].to_pylist() == [None] * len(TEXTS)


def test_a_signal_is_a_number_or_a_string(any_filter: Filter, batch: Batch) -> None:
    for name, column in judge([any_filter], batch(*TEXTS)).signals.items():
        assert pa.types.is_string(column.type) or np.issubdtype(column.type.to_pandas_dtype(), np.number), name


@settings(max_examples=10)
@given(st.sampled_from(WORDS).flatmap(lambda words: st.lists(st.lists(st.sampled_from(words.split()), min_size=1))))
def test_a_zero_width_space_between_words_is_no_word_and_begins_no_other_line(
    any_filter: Filter, lines: list[list[str]]
) -> None:
    texts = ["\n".join(space.join(words) for words in lines) for space in ("", "\u200b")]
    rows = [{"id": str(row), "text": text, "source": "", "source_id": ""} for row, text in enumerate(texts)]
    documents = Documents(batch_of(rows, DOCUMENT))
    for counts in (documents.tokens.count, documents.tokens.words, documents.lines.count):
        assert counts[0] == counts[1]
    if any_filter.name not in OF_CHARACTERS + OF_TEXTS:
        for name, values in any_filter.annotate(documents)[0].items():
            parted, joined = np.asarray(values)
            np.testing.assert_equal(parted, joined, err_msg=name)
