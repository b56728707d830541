from collections.abc import Callable

import pyarrow as pa
import pytest

from filters.base import Range
from filters.chain import judge
from filters.gopher_quality import GopherQuality
from filters.text.stop_words import stop_words, token_hashes
from tests.filters.bounds import limits

Batch = Callable[..., pa.RecordBatch]

PROSE = "The mills that stand by the river have to be kept with care, and most of the work is done by hand. "

ARTICLES = {
    "eng_Latn": PROSE * 5,
    "zho_Hans": "这座城市的历史可以追溯到三千年前，它是中国北方的重要中心之一。"
    "城市里有许多古老的建筑，也有现代化的高楼。"
    "每年都有很多游客来这里参观博物馆和公园。\n当地的居民说，最好的季节是秋天。",
    "jpn_Jpan": "この町の歴史は千年以上前にさかのぼり、日本の北部で最も重要な中心地の一つです。"
    "古い建物が多く残っていますが、"
    "新しい建物もあります。\n毎年、多くの観光客が博物館や公園を訪れます。",
    "tha_Thai": "เมืองนี้มีประวัติศาสตร์ยาวนานกว่าพันปี และเป็นศูนย์กลางที่สำคัญของภาคเหนือ มีอาคารเก่าแก่จำนวนมาก "
    "และในทุกปีนักท่องเที่ยวจะมาเที่ยวพิพิธภัณฑ์และสวนสาธารณะ ให้ความรู้และความสนุกสนานได้ไม่น้อย",
    "khm_Khmr": "ទីក្រុងនេះមានប្រវត្តិសាស្ត្រយូរអង្វែងជាងមួយពាន់ឆ្នាំ ហើយជាមជ្ឈមណ្ឌលដ៏សំខាន់មួយនៃប្រទេស។ "
    "មានអគារចាស់ៗជាច្រើន ហើយរៀងរាល់ឆ្នាំភ្ញៀវទេសចរបានមកទស្សនាសារមន្ទីរនៅទីនេះ។",
    "rus_Cyrl": "История этого города насчитывает более тысячи лет, и он является одним из главных центров на севере. "
    * 4,
    "arb_Arab": "يعود تاريخ هذه المدينة إلى أكثر من ألف عام، وهي من أهم المراكز في شمال البلاد. " * 5,
}


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (PROSE * 5, None),
        (PROSE, "words"),
        ("be to of a I am in on it as " * 20, "mean_word_length"),
        ("the that " + "internationalisation " * 60, "mean_word_length"),
        (PROSE * 5 + "# " * 20, "hash_ratio"),
        (PROSE * 5 + "... " * 20, "ellipsis_ratio"),
        ("\n".join(["• the boat that came"] * 20), "bullet_lines"),
        ("\n".join(["- the boat that came"] * 20), "bullet_lines"),
        ("\n".join(["the boat that came in with two or three people at night..."] * 10), "ellipsis_lines"),
        ("the boats that came 1234 5678 3456 " * 20, "alphabetic_words"),
        ("Nobody knows where these people came from. " * 20, "stop_words"),
        ("", "words"),
    ],
)
def test_each_rule_rejects_what_it_is_about(batch: Batch, text: str, reason: str | None) -> None:
    rejected_by = judge([GopherQuality()], batch(text)).documents["rejected_by"].to_pylist()
    assert rejected_by == [reason and f"gopher_quality.{reason}"]


def test_the_defaults_are_those_of_appendix_a_1_1() -> None:
    assert limits(GopherQuality()) == {
        "words": (50, 100_000),
        "mean_word_length": (3, 10),
        "hash_ratio": (None, 0.1),
        "ellipsis_ratio": (None, 0.1),
        "bullet_lines": (None, 0.9),
        "ellipsis_lines": (None, 0.3),
        "alphabetic_words": (0.8, None),
        "stop_words": (2, None),
    }
    assert stop_words()["eng"] == ("the", "be", "to", "of", "and", "that", "have", "with")


@pytest.mark.parametrize("language", ARTICLES)
def test_a_good_article_passes_in_every_script(batch: Batch, language: str) -> None:
    judgement = judge([GopherQuality()], batch(ARTICLES[language], language=language))
    assert judgement.documents["rejected_by"].to_pylist() == [None], judgement.signals


def test_words_of_a_script_without_spaces_have_no_length(batch: Batch) -> None:
    signals = judge([GopherQuality()], batch(ARTICLES["zho_Hans"] + " AI GPT", ARTICLES["rus_Cyrl"])).signals
    chinese, russian = signals["gopher_quality.mean_word_length"].to_pylist()
    assert chinese != chinese  # NaN
    assert 4 < russian < 7


def test_without_a_list_for_the_language_the_stop_word_rule_does_what_its_bound_says(batch: Batch) -> None:
    documents = batch(PROSE * 5, language="tlh_Latn")
    strict = GopherQuality(stop_words=Range(min=2))
    assert judge([GopherQuality()], documents).documents["rejected_by"].to_pylist() == [None]
    assert judge([strict], documents).documents["rejected_by"].to_pylist() == ["gopher_quality.stop_words"]


def test_stop_words_are_those_of_the_documents_language(batch: Batch) -> None:
    german = "Die Mühlen am Fluss sind alt, und das Wasser ist nicht mehr so klar wie in den Zeiten davor. " * 5
    as_german = judge([GopherQuality()], batch(german, language="deu_Latn"))
    as_english = judge([GopherQuality()], batch(german, language="eng_Latn"))
    assert as_german.documents["rejected_by"].to_pylist() == [None]
    assert as_english.documents["rejected_by"].to_pylist() == ["gopher_quality.stop_words"]


@pytest.mark.parametrize("language", sorted(stop_words()))
def test_every_stop_word_is_one_token_and_listed_once(language: str) -> None:
    words = stop_words()[language]
    assert len(token_hashes(words)) == len(set(words)) == len(words)
    assert 8 <= len(words) <= 64
