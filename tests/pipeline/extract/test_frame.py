"""What stands around a text is not of it; what stands in it is."""

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.extract.frame import TAIL, without_frame

TEXT = "标题\n\n第一段说的是边界层。\n\n第二段说的是湍流。"


@pytest.mark.parametrize(
    "below",
    [
        "[打印本页] [关闭窗口]",
        "【打印】【关闭】",
        "本文依照 CC BY-SA 4.0 协议发布，转载请注明作者与出处。",
        "Print this page | Back to top",
        "このページを印刷する\n\nページの先頭へ戻る",
        "인쇄하기 | 목록으로",
        "طباعة | مشاركة",
    ],
)
def test_tools_and_licence_below_a_text_are_left_out(below: str) -> None:
    assert without_frame(f"{TEXT}\n\n{below}") == TEXT


def test_a_byline_above_a_text_is_left_out() -> None:
    byline = "作者：周砚　　发布日期：2024-11-02　　大 中 小"
    assert without_frame(TEXT.replace("\n\n", f"\n{byline}\n", 1)) == TEXT.replace("\n\n", "\n", 1)


@pytest.mark.parametrize(
    "line",
    [
        "2005年4月5日 06:40 来源：千龙新闻",
        "2024-11-02 10:00:00　來源: 中央社",
        "来源：新华网 发布时间：2022-02-13 04:22 字号：大 中 小",
        "作者：编辑部 2026-09-12",
        "By Jane Doe | 12 March 2024 14:05",
        "Par Samia Belkacem, le 2024-10-12",
        "Von Max Muster, 12. März 2024",
        "글 운영팀등록일 2026-09-20",
        "เขียนโดย พิมพ์ใจ เมื่อ 2024-08-14",
        "您的位置：首页 → 正文 | 热烈祝贺本站访问量突破一百万！",
        "You are here: Home > News",
    ],
)
def test_a_line_of_author_date_source_or_place_above_a_text_is_left_out(line: str) -> None:
    assert without_frame(TEXT.replace("\n\n", f"\n{line}\n", 1)) == TEXT.replace("\n\n", "\n", 1)


@pytest.mark.parametrize(
    "line",
    [
        "数据来源：国家统计局",
        "2005年4月5日，北京下雨。",
        "Print this page to a file, then open it.",
        "作者：周砚是一位气象学家。",
        "大中小学开学了。",
        "By 2030 we will stop",
        "By Jane Doe",
        "Von 12. März 2024 bis heute",
        "Por qué el 12 de marzo de 2024 fue importante",
        "文章写于 2024-10-12",
    ],
)
def test_a_sentence_with_the_same_words_stays(line: str) -> None:
    assert without_frame(f"{line}\n\n{TEXT}\n\n{line}") == f"{line}\n\n{TEXT}\n\n{line}"


@pytest.mark.parametrize(
    "line",
    [
        '{"columnsPhone":2,"columnsWide":4,"label":"Buy","items":[{"id":1,"title":"Bench"}]}',
        '[{"id":1,"t":"a"},{"id":2,"t":"b"}]',
        "Share this: Facebook X WhatsApp",
        "Teilen: Facebook Twitter E-Mail",
        "分享：微信 微博",
        "Facebook | Twitter | LinkedIn",
        "External content is not shown",
        "Your settings do not allow the loading of external content. Accept the cookies of social media to see it.",
        "Externe Inhalte werden erst nach Ihrer Zustimmung angezeigt.",
        "Ce contenu externe n'est pas affiché : acceptez les cookies.",
        "外部コンテンツを表示するには同意が必要です",
        "Read also: Ten things to do in spring when it rains",
        "Lea más: Diez cosas que hacer en primavera",
        "Click to expand...",
        "1.204 Aufrufe · 3 Kommentare",
    ],
)
def test_furniture_goes_wherever_it_stands(line: str) -> None:
    assert without_frame(TEXT.replace("\n\n", f"\n{line}\n", 1)) == TEXT.replace("\n\n", "\n", 1)


@pytest.mark.parametrize(
    "line",
    [
        "{x | x > 1} is a set [1]",
        '{"a": 1}',
        "[1, 2, 3]",
        "Share prices rose on Tuesday: the index gained 2 %.",
        "X",
        "Print",
        "Twitter and Facebook were founded in 2006 and 2004.",
        "The external content of a message is what it is about.",
        '```json\n{"port": 80, "host": "x"}\n```',
    ],
)
def test_what_looks_like_furniture_and_is_text_stays(line: str) -> None:
    assert without_frame(f"标题\n{line}\n第一段说的是边界层。") == f"标题\n{line}\n第一段说的是边界层。"


@given(st.text(alphabet=st.characters(exclude_characters="{}[]")))
def test_at_most_a_few_lines_go(text: str) -> None:
    assert text.count("\n") - without_frame(text).count("\n") <= TAIL + 4


@pytest.mark.parametrize(
    "line", ["See also: Ten things to do in spring when it rains", "标签：港口 起重机", "Tags: harbour, crane"]
)
def test_a_line_that_leads_elsewhere_is_left_out_at_the_end_and_kept_within(line: str) -> None:
    assert without_frame(f"The crane stays.\n{line}") == "The crane stays."
    assert without_frame(f"The crane stays.\n{line}\nIt was built in 1911.").count(line) == 1


ASKED = (  # to subscribe, by language; sentences of news about subscriptions stand in the middle of texts
    "Subscribe to continue reading",
    "This article is for subscribers only. Already a subscriber? Log in here to read the whole story and all others.",
    "Register now to keep reading this story.",
    "Jetzt abonnieren und weiterlesen",
    "Dieser Artikel ist nur für Abonnenten.",
    "La suite est réservée aux abonnés.",
    "Connectez-vous pour lire la suite",
    "Suscríbete para seguir leyendo",
    "Conteúdo exclusivo para assinantes",
    "Abbonati per continuare a leggere",
    "Log in om verder te lezen",
    "Zaloguj się, aby czytać dalej",
    "Logga in för att läsa vidare",
    "Подпишитесь, чтобы прочитать статью целиком",
    "登录后继续阅读",
    "本文仅限会员阅读",
    "訂閱後繼續閱讀",
    "この記事は会員限定です。登録すると続きをお読みいただけます。",
    "로그인 후 계속 읽기",
    "اشترك الآن لمتابعة القراءة",
)


@pytest.mark.parametrize("seed", range(60))
def test_what_asks_to_subscribe_goes_below_a_text_and_stays_within(seed: int) -> None:
    random_ = random.Random(seed)
    asked = random_.sample(ASKED, random_.randint(1, 2))
    tools = random_.sample(("Share this: Facebook X", "[打印本页] [关闭窗口]"), 2 - len(asked))
    gap = random_.choice(("\n", "\n\n"))
    assert without_frame(gap.join([TEXT, *asked, *tools])) == TEXT
    assert without_frame(gap.join([TEXT, *asked, TEXT])).count(asked[0]) == 1


DAYS = ("3 October 2024", "2024-10-03", "3. Oktober 2024", "October 3, 2024", "2024年10月3日")
READINGS = (
    "4 min read",
    "4 min",
    "5 Min. Lesezeit",
    "4 minuti di lettura",
    "3 мин",
    "阅读时间：5分钟",
)


@pytest.mark.parametrize("seed", range(60))
def test_a_byline_goes_with_its_initials_and_its_minutes(seed: int) -> None:
    random_ = random.Random(seed)
    name = random_.choice(("By A. Writer", "By J. R. Doe", "Von Max Muster", "Par S. Belkacem", "作者：周砚"))
    mark = random_.choice((" | ", " · ", " – ", " • "))
    line = mark.join([name, random_.choice(DAYS), *random_.sample(READINGS, random_.randint(0, 1))])
    assert without_frame(TEXT.replace("\n\n", f"\n{line}\n", 1)) == TEXT.replace("\n\n", "\n", 1)
