from collections.abc import Callable

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pytest

from filters.boilerplate import Boilerplate
from filters.chain import judge
from filters.text import segment
from filters.text.phrases import Phrases, folded_hashes, lines_with, make_phrases, phrases_by_kind, phrases_of

Batch = Callable[..., pa.RecordBatch]

ARTICLE = (
    "The river rises in the hills to the north of the town, and it has been used for mills since the Middle Ages.\n"
    "Most of them were closed when the railway came; two have been kept as museums, with their wheels turning still.\n"
    "Visitors can see how flour was made and how loud it was, and buy a bag of it at the door on most weekends.\n"
)


@pytest.mark.parametrize(
    "notice",
    [
        "We use cookies to give you the best experience.",
        "WIR VERWENDEN COOKIES",
        "本网站使用 cookie 以改善您的体验。",
        "Nous utilisons des cookies.",
        "Эта страница работает лучше, если вы включите JavaScript",
        "이 웹사이트는 쿠키를 사용합니다.",
        "يستخدم هذا الموقع ملفات تعريف الارتباط لتحسين تجربتك",
    ],
)
def test_a_notice_is_removed_from_an_article_and_counted(batch: Batch, notice: str) -> None:
    judgement = judge([Boilerplate()], batch(f"{ARTICLE}{notice}\n{ARTICLE[:108]}"))
    assert judgement.documents["text"].to_pylist() == [f"{ARTICLE}{ARTICLE[:108]}"]
    assert judgement.documents["rejected_by"].to_pylist() == [None]
    counts = [judgement.signals[f"boilerplate.{kind}_lines"][0].as_py() for kind in ("cookie", "javascript")]
    assert sorted(counts) == [0, 1]


@pytest.mark.parametrize(
    "notice",
    [
        "© 2024 The Mill Company. All rights reserved.",
        "版权所有，未经许可不得转载。",
        "【無断転載を禁じます】",
        "ⓒ 물방앗간신문, 무단전재 및 재배포 금지",
        "جميع الحقوق محفوظة © ٢٠٢٤",
        "© 2024 Мельница. Все права защищены.",
    ],
)
def test_a_line_that_reserves_rights_is_removed_from_an_article_and_counted(batch: Batch, notice: str) -> None:
    judgement = judge([Boilerplate()], batch(f"{ARTICLE}{notice}\n{ARTICLE[:108]}"))
    assert judgement.documents["text"].to_pylist() == [f"{ARTICLE}{ARTICLE[:108]}"]
    assert judgement.signals["boilerplate.reserved_lines"].to_pylist() == [1]


@pytest.mark.parametrize("rating", ["4.67 from 21 votes", "3.65 von 1990 Bewertungen", "★★★★☆ 43", "评分：4.5"])
def test_a_rating_is_removed_from_an_article_and_counted(batch: Batch, rating: str) -> None:
    judgement = judge([Boilerplate()], batch(f"{ARTICLE}{rating}\n{ARTICLE[:108]}"))
    assert judgement.documents["text"].to_pylist() == [f"{ARTICLE}{ARTICLE[:108]}"]
    assert judgement.signals["boilerplate.rating_lines"].to_pylist() == [1]


def test_a_paragraph_about_rights_stays(batch: Batch) -> None:
    for told in (
        "播客在使用其它音乐时，一定要获得版权所有者或制作人的许可。",
        "Whoever writes all rights reserved on a page tells of a convention of 1910, and nobody remembers it.",
    ):
        text = f"{ARTICLE}{told * (1 + told.isascii())}\n"
        assert judge([Boilerplate()], batch(text)).documents["text"].to_pylist() == [text]


def test_a_paragraph_about_cookies_stays(batch: Batch) -> None:
    text = ARTICLE + "When a banner says that we use cookies, hardly anybody reads on; " * 6
    assert judge([Boilerplate()], batch(text)).documents["text"].to_pylist() == [text]


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (ARTICLE, None),
        (ARTICLE + "Forgot your password?", None),
        ("404\nPage not found\nGo back to the home page.", "shell_characters"),
        ("Страница не найдена", "shell_characters"),
        ("ページが見つかりません\nトップへ", "shell_characters"),
        ("请先登录", "shell_characters"),
        ("Dieser Artikel ist nur für Abonnenten.", "shell_characters"),
        (ARTICLE + "Lorem ipsum dolor sit amet, consectetur adipiscing elit.", "filler_lines"),
        ("cheap flights to anywhere: " + "flights and more flights for you now " * 20, "top_word"),
        (", ".join(f"cheap{n} thing{n}" for n in range(40)), "listed_characters"),
        ("", None),
    ],
)
def test_each_rule_rejects_what_it_is_about(batch: Batch, text: str, reason: str | None) -> None:
    rejected_by = judge([Boilerplate()], batch(text)).documents["rejected_by"].to_pylist()
    assert rejected_by == [reason and f"boilerplate.{reason}"]


def test_the_words_of_an_unspaced_script_have_no_commonest(batch: Batch) -> None:
    (value,) = judge([Boilerplate()], batch("我爱北京天安门。" * 30)).signals["boilerplate.top_word"].to_pylist()
    assert value != value  # NaN


@pytest.mark.parametrize("kind", sorted(phrases_by_kind()))
def test_every_phrase_is_found_as_it_is_written_and_in_capitals(kind: str) -> None:
    written = [row.phrase for row in phrases_by_kind()[kind]]
    assert len(set(written)) == len(written)
    for forms in (written, [phrase.upper() for phrase in written], [f"« {phrase} »," for phrase in written]):
        texts = segment.characters(pa.array(forms))
        found = lines_found(phrases_of(kind), texts)[kind]
        assert [form for form, there in zip(forms, found, strict=True) if not there] == []


def test_notices_are_known_in_twenty_languages() -> None:
    for kind in ("cookies", "login", "missing", "javascript", "paywall", "refusal", "reserved", "assistant"):
        assert len({row.language for row in phrases_by_kind()[kind]}) >= 20


def test_a_phrase_is_whole_words_in_one_line() -> None:
    texts = segment.characters(pa.array(["the page was", "not found", "a page not founded", "page: not found"]))
    kinds = make_phrases({"missing": ["page not found"], "other": ["page was not"]})
    assert not any(there.any() for there in lines_found(kinds, texts).values())
    texts = segment.characters(pa.array(["The Page not Found.", "a page not found"]))
    assert lines_found(kinds, texts)["missing"].tolist() == [True, True]


def test_a_phrase_does_not_run_over_the_end_of_a_line() -> None:
    kinds = make_phrases({"other": ["page was not"]})
    texts = segment.characters(pa.array(["The page was\nnot found", "The page was not\nfound"]))
    assert lines_found(kinds, texts)["other"].tolist() == [False, False, True, False]


def lines_found(phrases: Phrases, texts: segment.Characters) -> dict[str, npt.NDArray[np.bool_]]:
    tokens = segment.tokens(texts)
    return lines_with(phrases, folded_hashes(texts, tokens), tokens, segment.lines(texts))


HEADINGS = {
    "eng_Latn": (
        "What is the harbour?",
        "Before the first ship comes",
        "Cranes and sheds",
        "Pilots",
        "The winter of the ice",
    ),
    "rus_Cyrl": ("Что такое гавань?", "Подготовка причала", "Краны и склады", "Лоцманы", "Зима во льдах"),
    "jpn_Jpan": ("港とは何か?", "桟橋の準備", "クレーンと倉庫", "水先案内人", "氷の冬"),
    "arb_Arab": ("ما هو الميناء؟", "تجهيز الرصيف", "الرافعات والمخازن", "المرشدون", "شتاء الجليد"),
}


@pytest.mark.parametrize("language", HEADINGS)
@pytest.mark.parametrize("number", ["{}.{}.", "{}.{}", "B.{}.{}.", "{}.4.{}."])
def test_a_table_of_contents_is_no_text_and_numbered_clauses_are(batch: Batch, language: str, number: str) -> None:
    numbers = [number.format(i % 3 + 1, i + 1) for i in range(5)]
    contents = "\n".join(f"{n} {name}" for n, name in zip(numbers, HEADINGS[language], strict=True))
    end = {"jpn_Jpan": "。", "arb_Arab": "."}.get(language, ".")
    clauses = "\n".join(f"{n} {name.rstrip('?؟')}{end}" for n, name in zip(numbers, HEADINGS[language], strict=True))
    figures = "\n".join(f"{i}.5 kg {name.rstrip('?؟')}{end}" for i, name in enumerate(HEADINGS[language]))
    judged = judge([Boilerplate()], batch(contents, clauses, figures, contents[: contents.find("\n")]))
    assert judged.documents["rejected_by"].to_pylist() == ["boilerplate.contents_lines", None, None, None]


@pytest.mark.parametrize("language", ["zho", "eng", "rus", "kor", "vie", "ind", "tha", "tur", "ara"])
def test_a_page_of_advertised_gambling_is_rejected_and_news_about_it_are_not(batch: Batch, language: str) -> None:
    known = [row.phrase for row in phrases_by_kind()["advertised"] if row.language == language]
    tail = "\n".join(f"{phrase} 0{i}" for i, phrase in enumerate((known * 5)[:5]))
    judged = judge([Boilerplate()], batch(f"{ARTICLE}{tail}", f"{ARTICLE}{known[0]}\n{ARTICLE[:108]}{known[1]}"))
    assert judged.documents["rejected_by"].to_pylist() == ["boilerplate.advertised_lines", None]


@pytest.mark.parametrize("between", [" ", ",", "，", "、", " | "])
def test_a_row_of_names_of_hosts_is_a_tail_of_keywords_and_seven_are_a_list(batch: Batch, between: str) -> None:
    hosts = [
        f"{name}{i}.{domain}" for i, name in enumerate(("rx", "www.a-b"), 1) for domain in ("loan", "win", "com", "cn")
    ]
    judged = judge([Boilerplate()], batch(ARTICLE + between.join(hosts), ARTICLE + between.join(hosts[:7])))
    assert judged.documents["rejected_by"].to_pylist() == ["boilerplate.host_lists", None]


@pytest.mark.parametrize(
    "text",
    [
        "很抱歉，您访问的地址有错误或者页面已经不存在了。",
        "Our system is currently undergoing maintenance.\nCall us, and someone will take your order.",
        "Oops. Parece que a página que você está tentando acessar não existe :(",
        "您找的页面不存在\n返回首页",
        "The board requires you to be registered and logged in to view profiles.",
        "没有发现你要找的页面。最可能的原因是：\n地址有错误。\n返回首页",
        "正在为您跳转到访问页面......",
        "Dieses Thema existiert nicht.",
        "Такой темы не существует.",
        "HTTP 错误 500.13\n此时无法处理请求。",
        "Sorry, no matches were found for your search.\nTry other words.",
    ],
)
def test_a_soft_error_is_a_shell(batch: Batch, text: str) -> None:
    assert judge([Boilerplate()], batch(text)).documents["rejected_by"].to_pylist() == ["boilerplate.shell_characters"]


FIELDS = ("eng", "deu", "fra", "rus", "zho", "jpn", "kor", "ara", "tur", "vie", "ell", "hin")


@pytest.mark.parametrize("language", FIELDS)
@pytest.mark.parametrize("written", ["{}", "{}:", "* {} *", "- {}：", "{} (*)"])
def test_a_form_is_no_text_and_a_letter_that_names_its_fields_is(batch: Batch, language: str, written: str) -> None:
    fields = [row.phrase for row in phrases_by_kind()["field"] if row.language == language][:4]
    form = "\n".join(written.format(field.title()) for field in fields)
    letter = ARTICLE + "".join(f"Write your {field} on the paper, and bring it with you.\n" for field in fields)
    judged = judge([Boilerplate()], batch(f"Write to us.\n{form}", letter, ARTICLE * 4 + form))
    assert judged.documents["rejected_by"].to_pylist()[:2] == ["boilerplate.form_lines", None]


@pytest.mark.parametrize("draw", ["{:03}期", "★{:03}期", "{}-{}期", "{} 期"])
def test_draws_of_a_lottery_are_no_text_and_issues_of_a_magazine_are(batch: Batch, draw: str) -> None:
    draws = "\n".join(f"{draw.format(n, n + 2)}：马龙虎牛兔猪" for n in range(64, 67))
    issues = "\n".join(f"第{n}期：港口的历史与今天的面貌。" for n in range(64, 67))
    years = "\n".join(f"2016年第{n}期 港口的历史与今天的面貌。" for n in range(64, 67))
    judged = judge([Boilerplate()], batch(ARTICLE + draws, ARTICLE + issues, ARTICLE + years, ARTICLE + draws[:14]))
    assert judged.documents["rejected_by"].to_pylist() == ["boilerplate.draw_lines", None, None, None]


@pytest.mark.parametrize(
    ("terms", "text"),
    [
        (
            "In order to login you must be registered. Registering takes only a few moments, and lets you do more.",
            ARTICLE,
        ),
        (
            "Um dich anzumelden, musst du registriert sein. Die Registrierung ist in wenigen Augenblicken erledigt.",
            ARTICLE,
        ),
        (
            "Для входа на конференцию вы должны быть зарегистрированы. Регистрация занимает всего несколько минут.",
            ARTICLE,
        ),
    ],
)
def test_terms_of_a_forum_are_a_shell_however_long_and_are_no_reason_against_an_article(
    batch: Batch, terms: str, text: str
) -> None:
    long = f"{terms} {'It is best to read them. ' * 16}\nTerms of use"
    rejected = judge([Boilerplate()], batch(long, f"{text * 2}{terms}")).documents["rejected_by"].to_pylist()
    assert rejected == ["boilerplate.shell_characters", None]


@pytest.mark.parametrize(("price", "name"), [("$ {}.00", "Oak plank"), ("{},00 €", "Eichenbrett"), ("¥{}", "橡木板")])
def test_a_list_of_prices_is_a_shop_and_an_article_with_prices_is_none(batch: Batch, price: str, name: str) -> None:
    goods = "\n".join(f"{name} {i}\n{price.format(i)}" for i in range(4, 12))
    told = "".join(f"The plank of {i} feet was sold for {price.format(i)} that year.\n" for i in range(4, 12))
    few = ARTICLE + "\n".join(price.format(i) for i in range(2))
    rejected = judge([Boilerplate()], batch(goods, told, few)).documents["rejected_by"].to_pylist()
    assert rejected == ["boilerplate.price_lines", None, None]


def test_keywords_stuffed_into_a_text_give_it_away_and_a_title_does_not(batch: Batch) -> None:
    sentence = "扑克桌分为两种，抓美网，{}，平凡扑克桌和电动扑克桌。\n"
    stuffed = "抓美网百花,起源地图,857u.com\n" + sentence.format("抓美网百花，起源地图") * 5
    titled = "港口的历史_港口博物馆\n" + "港口博物馆在冬天关门。\n" * 9
    rejected = judge([Boilerplate()], batch(stuffed, titled)).documents["rejected_by"].to_pylist()
    assert rejected == ["boilerplate.repeated_keywords", None]


RETURNS = {
    "eng": ["Our policy lasts 30 days.", "Once your return is received, we look at it.", "Add to cart"],
    "deu": [
        "Wenn Sie diesen Vertrag widerrufen, zahlen wir.",
        "Muster-Widerrufsformular",
        "Hiermit widerrufe(n) ich/wir",
    ],
    "zho": ["加入购物车", "请在收到商品后七天内联系我们。", "来回运费由买家承担。"],
    "jpn": ["カートに入れる", "返品をご希望の場合はご連絡ください。", "お客様のご都合による返品はできません。"],
}


@pytest.mark.parametrize("language", RETURNS)
def test_what_a_shop_says_of_returns_is_rejected_and_what_is_said_of_shops_is_not(batch: Batch, language: str) -> None:
    terms = "\n".join(RETURNS[language])
    told = "Always read the return policy of a shop; das Widerrufsrecht gilt auch online; 网购可以七天退货。\n" * 4
    rejected = judge([Boilerplate()], batch(terms, told, ARTICLE * 6 + terms)).documents["rejected_by"].to_pylist()
    assert rejected == ["boilerplate.shop_lines", None, None]
