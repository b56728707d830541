"""The lines of a page that are not of its text: the way to it and a byline above, its tools and its licence below.

And anywhere: settings in JSON, lists of services to share on, notes in place of embedded content, and `leftovers`.

A repost differs from its original by little else, so that they would not be known as copies.
"""

import json
import re
from functools import cache

import numpy as np

from filters.licences.names import license_of_name
from filters.licences.words import Words, find, spellings, words
from pipeline.extract.bylines import BEGINS_WITH_DATE, DATE, DATE_LABEL, LABELLED
from pipeline.extract.leftovers import is_filed, leftovers

HEAD = 4  # lines from the top among which a byline may stand
TAIL = 5
LONGEST = 100  # characters of a line that is no paragraph

# Where a page has a text from; with a date, a line above the text and not of it.
_SOURCE = re.compile(r"(?:来源|來源|稿源|出处|出處|信息来源|文章来源|출처|出典)\s?[:：]\s?\S{1,30}")

# Who wrote a page, and when, and nothing else.
_DAY = (
    rf"(?:{DATE}\s?[日일]?|\d{{1,2}}\s?[-/.]\s?\d{{1,2}}\s?[-/.]\s?(?:19|20)\d{{2}}|"
    r"\d{1,2}(?:st|nd|rd|th|er|º|\.)?\s(?:de\s)?[^\W\d]{3,12}\.?,?\s(?:de\s)?(?:19|20)\d{2}|"
    r"[^\W\d]{3,9}\.?\s\d{1,2}(?:st|nd|rd|th)?,\s(?:19|20)\d{2})"
)
_READING = r"(?:\d{1,3}[ -]?(?:min|мин)[^\d|]{0,24}|阅读[^\d|]{0,6}\d{1,3}\s?分钟)"  # how long a page takes to read
_SIGNED = re.compile(
    r"\s*(?:(?:(?:posted |written |published )?by|par|von|por|door|autore?|autor|автор|oleh|yazan|bởi|tác giả)\b|"
    r"(?:เขียน)?โดย|ผู้เขียน|लेखक|بقلم|كتبه|الكاتب|글(?:쓴이)?|작성자|文\s?[:：/]|作\s?者|撰文|执笔|執筆者?|著者|投稿者|记者|記者)"
    rf"\s?[:：/]?\s*(?:[\s.]\w\.|[^\d.。!?！？]){{2,50}}?[\s,，|｜·•–—-]*{_DAY}(?:[\s,]+\d{{1,2}}[:：]\d{{2}}(?::\d{{2}})?)?"
    rf"(?:\s*[|｜·•–—-]\s*{_READING})?\s*",
    re.IGNORECASE,
)

# What stands before the way from the home page to this one.
_WAY = re.compile(
    r"\s*(?:[您你](?:现在|目前|当前)?(?:所在)?的?(?:当前)?位置|(?:当前|當前|目前|现在|所在|現在の?)的?(?:位置|地)|"
    r"you are here|sie (?:sind|befinden sich) hier|vous êtes ici|usted está aquí|você está aqui|sei qui|ti trovi qui|"
    r"u bent hier|jesteś tutaj|вы (?:находитесь )?здесь|현재 ?위치|أنت هنا|คุณอยู่ที่นี่|bạn đang ở(?: đây)?|buradasınız)"
    r"\s*[是在]?\s*[:：>»›]",
    re.IGNORECASE,
)

# What the tools of a page are called, as a whole line of nothing else.
_TOOLS = re.compile(
    r"(?:[\s\[\]【】()（）|｜/·•>»«<←→↑]|"
    r"打印(?:本页|此页)?|列印(?:本頁)?|关闭(?:本?窗口|本页)?|關閉(?:本?視窗)?|返回(?:顶部|列表|首页|上一页)?|收藏|"
    r"分享(?:到|至)?|字[体體号號][:：]?|大(?=\s*中\s*小)|(?<=大\s)中|中(?=\s*小)|(?<=中\s)小|回到?頂部|"
    r"このページを印刷(?:する)?|印刷(?:する)?|ページの?先頭へ(?:戻る)?|인쇄(?:하기)?|닫기|목록(?:으로)?|공유(?:하기)?|"
    r"맨 ?위로|print(?: this page)?|close(?: window)?|back to (?:the )?top|share(?: this)?|drucken|nach oben|"
    r"imprimer|haut de page|imprimir|compartir|stampa|печать|наверх|поделиться|طباعة|مشاركة|พิมพ์|แชร์|in trang|chia sẻ)+",
    re.IGNORECASE,
)

# By language, words that ask for a subscription and words for what it opens; a line with one of each is no text.
_WALLS = (
    (
        ("subscrib", "sign in", "sign up", "log in", "register", "members"),
        ("continue reading", "keep reading", "read on", "to read the", "full access", "subscribers only", "only for"),
    ),
    (("abonn", "anmelden", "registrier", "einlogg"), ("weiterlesen", "weiterzulesen", "nur für", "vollständig")),
    (("abonn", "connectez", "identifiez", "inscrivez"), ("lire la suite", "pour lire", "continuer", "réservé")),
    (
        ("suscr", "regístr", "inicia sesión"),
        ("seguir leyendo", "continuar leyendo", "para leer", "exclusiv", "solo para"),
    ),
    (("assin", "cadastr", "faça login"), ("continuar lendo", "para ler", "exclusiv", "restrito")),
    (("abbon", "accedi", "registrat"), ("continuare a leggere", "per leggere", "riservato")),
    (("abonne", "log in", "registreer"), ("verder te lezen", "lees verder", "alleen voor")),
    (("subskry", "prenumer", "zaloguj"), ("czytać dalej", "czytaj dalej", "tylko dla")),
    (
        ("prenumer", "logga in", "logg inn", "abonn", "log ind"),
        ("läsa vidare", "lese videre", "læse videre", "endast för"),
    ),
    (
        ("подпис", "подпиш", "войдите", "зарегистр"),
        ("читать дальше", "продолжить чтение", "чтобы прочитать", "только для"),
    ),
    (("订阅", "登录", "会员", "注册"), ("继续阅读", "阅读全文", "查看全文", "仅限", "专享")),
    (("訂閱", "登入", "會員", "註冊"), ("繼續閱讀", "閱讀全文", "查看全文", "僅限", "專屬")),
    (("会員", "ログイン", "有料"), ("続きを", "全文を", "会員限定")),
    (("구독", "로그인", "회원"), ("계속 읽", "전문을", "전용")),
    (("اشترك", "تسجيل الدخول", "المشتركين"), ("لمتابعة القراءة", "لقراءة", "فقط")),
)

# A line that names services to share on, and nothing else.
_SHARE = re.compile(
    r"\s*(?:(?:share|teilen|partager|compartir|compartilhar|condividi|delen|dela|udostępnij|поделиться|paylaş|"
    r"bagikan|chia sẻ|分享|シェア|공유|مشاركة|แชร์)[^:：]{0,20}[:：]?\s*)?"
    r"(?:(?:facebook|twitter|x|whatsapp|linkedin|pinterest|reddit|telegram|e-?mail|tumblr|line|weibo|微信|微博|вконтакте|vk|"
    r"copy link|print|xing|pocket|viber|messenger|bluesky|mastodon|threads|はてなブックマーク|카카오톡)[\s,|·/]*){2,}",
    re.IGNORECASE,
)
# What stands where something embedded is not shown until its visitor agrees.
_EMBEDDED = re.compile(
    r"(?:external|third[- ]party|embedded) content|extern\w{0,2} inhalt\w{0,2}|contenus? (?:externe|tiers)|"
    r"contenido extern[oa]|contenut\w estern\w|conteúdo externo|externe inhoud|treści zewnętrzn|внешн\w{1,3} содерж|"
    r"外部コンテンツ|外部内容",
    re.IGNORECASE,
)
# One of these is in every such line, in small letters.
_OF_EMBEDDED = (
    "extern",
    "third",
    "embedded content",
    "contenu tiers",
    "contenus tiers",
    "estern",
    "zewnętrzn",
    "внешн",
    "外部",
)
_OF_SHARE = ("facebook", "twitter", "whatsapp", "linkedin", "telegram", "mail", "weibo", "微信", "вконтакте")
_ENDS = (".", "!", "?", "。", "！", "？", "")  # of sentences: no line that names services ends so
_AGREE = re.compile(
    r"cookie|consent|accept|allow|not shown|zustimm|akzeptier|angezeigt|accepte|autoris|affich|acept|mostrar|accett|"
    r"mostra|aceit|exibir|toestemming|weergegeven|zgod|wyświetl|согла|показ|同意|クッキー|表示",
    re.IGNORECASE,
)


_OPENS, _CLOSES = ("{", "["), ("}", "]")  # of settings in JSON


def without_frame(text: str) -> str:
    """Return the text without byline and way near its top, tools and licence at its end, furniture anywhere."""
    lines = _without_furniture(text)
    head = [index for index, line in enumerate(lines[:HEAD]) if _is_above(line)]
    lines = [line for index, line in enumerate(lines) if index not in head]
    for _ in range(TAIL):
        if not lines or not _is_below(lines[-1]):
            break
        lines.pop()
    return "\n".join(lines)


def _without_furniture(text: str) -> list[str]:
    """Return the lines that are no furniture; a line is looked at only where a word that it must have stands."""
    lines = text.split("\n")
    looked = _lines_with_stems(text)
    if "{" in text:
        looked |= {number for number, line in enumerate(lines) if line[:1] in _OPENS and line[-1:] in _CLOSES}
    dropped = {number for number in looked if _is_furniture(lines[number])} | leftovers(lines)
    if not dropped:
        return lines
    kept, in_code = [], False
    for number, line in enumerate(lines):
        in_code ^= line.startswith("```")
        if in_code or number not in dropped:
            kept.append(line)
    return kept


def _lines_with_stems(text: str) -> set[int]:
    data = np.frombuffer(text.encode("utf-8", "replace"), np.uint8)
    starts = find(data, np.array([0, len(data)]), _stems()).starts
    return set(np.searchsorted(np.flatnonzero(data == ord("\n")), starts).tolist()) if len(starts) else set()


@cache
def _stems() -> Words:
    return words((form, 0) for stem in (*_OF_EMBEDDED, *_OF_SHARE) for form in spellings(stem, ()))


def _is_furniture(line: str) -> bool:
    if line[:1] in _OPENS and line[-1:] in _CLOSES and _is_settings(line):
        return True
    if len(line) <= 3 * LONGEST and _EMBEDDED.search(line) and _AGREE.search(line):
        return True
    return len(line) <= LONGEST and line[-1:] not in _ENDS and _SHARE.fullmatch(line) is not None


def _is_settings(line: str) -> bool:
    """Return whether a line is an object in JSON, or several of them."""
    try:
        found = json.loads(line)
    except (ValueError, RecursionError):
        return False
    objects = found if isinstance(found, list) else [found]
    return bool(objects) and all(isinstance(each, dict) and len(each) > 1 for each in objects)


def _is_above(line: str) -> bool:
    if len(line) > LONGEST:
        return False
    if _WAY.match(line) or _SIGNED.fullmatch(line) or (LABELLED.match(line) and DATE_LABEL.search(line)):
        return True
    return bool(_SOURCE.search(line) and (BEGINS_WITH_DATE.match(line) or DATE_LABEL.search(line)))


def _is_wall(line: str) -> bool:
    """Return whether a line, in small letters, asks its reader to subscribe or to log in for the rest."""
    return any(any(ask in line for ask in asks) and any(open_ in line for open_ in opens) for asks, opens in _WALLS)


def _is_below(line: str) -> bool:
    if not line.strip():
        return True
    if len(line) <= 2 * LONGEST and _is_wall(line.lower()):
        return True
    if len(line) > LONGEST:
        return False
    return is_filed(line) or (_TOOLS.fullmatch(line) or license_of_name(line)) is not None
