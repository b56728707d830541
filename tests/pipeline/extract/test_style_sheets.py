"""What a page hides and no click shows is no text of it; what a click or a script shows is."""

import random

import numpy as np
import pytest

from pipeline.extract.blocks_engine import main_text
from pipeline.extract.markup import outline
from pipeline.extract.page import Page
from pipeline.extract.style_sheets import hidden_selectors, hiding


@pytest.mark.parametrize(
    ("css", "selectors"),
    [
        (".gone{display:none!important}", {".gone"}),
        ("div.z , #q { visibility : hidden }", {"div.z", "#q"}),
        ("/* .a{display:none} */ .b{color:red;display:none}", {".b"}),
        (".a,.b{display:none} .a{display:block}", {".b"}),
        (".tab{display:none} .tab.active{display:block}", set()),
        (".m{display:none} @media (min-width: 600px) { .x{color:red} .m{display:flex} }", set()),
        ("@media print { .p{display:none} } .y{color:red}", set()),
        (".js .w{display:none} .v:not(.on){display:none} a > .u{display:none}", set()),
        (".open .d{display:block}.d{display:none}", set()),
        ("", set()),
    ],
)
def test_a_selector_hides_if_nothing_shows_what_it_names(css: str, selectors: set[str]) -> None:
    assert hidden_selectors(css) == selectors


def test_style_sheets_for_other_media_and_of_frameworks_hide_nothing() -> None:
    for opening in ("media=print", 'media="speech"', "amp-boilerplate"):
        assert len(hiding(f"<style {opening}>.x{{display:none}}</style>")) == 0
    assert len(hiding('<STYLE media="screen">.x{display:none}</STYLE>')) == 1
    assert len(hiding("<p>.x{display:none}")) == 0


SEEN = {
    "eng": "The harbour board met on Tuesday to decide whether the old crane should be moved before the winter came.",
    "zho": "港口委员会星期二开会，决定旧吊车是否应在冬天之前移走，多数发言者反对，因为那里的地面很软。",
    "arb": "اجتمعت لجنة الميناء يوم الثلاثاء لتقرر ما إذا كان يجب نقل الرافعة القديمة قبل الشتاء.",
    "tha": "คณะกรรมการท่าเรือประชุมเมื่อวันอังคารเพื่อตัดสินใจว่าควรย้ายปั้นจั่นเก่าก่อนฤดูหนาวหรือไม่",
    "rus": "Порт закрыт до весны, и большинство рыбаков уехали на юг; остались те, у кого здесь дом и лодка.",
}
SECRET = "ZQXSECRET"
WAYS = (
    'style="display:none"',
    "style='color:red; display : none'",
    "STYLE='DISPLAY: None !important'",
    'style="visibility: hidden"',
    "hidden",
    "hidden=until-found class=x",
    "HIDDEN",
    'class="gone"',
    'class="a gone b"',
    "id=twin",
)
CSS = "<style>.gone{display:none !important} #twin { visibility:hidden }</style>"


@pytest.mark.parametrize("seed", range(90))
def test_hidden_text_goes_however_it_is_hidden_and_how_much_there_is(seed: int) -> None:
    random_ = random.Random(seed)
    sentence = SEEN[random_.choice([*SEEN])]
    way, block = random_.choice(WAYS), random_.random() < 0.6
    secret = f"{SECRET} {sentence} " * random_.randint(1, 6)
    tag = random_.choice(("div", "p", "section", "li", "article") if block else ("span", "b", "font", "em"))
    hidden = f"<{tag} {way}>{secret if block else SECRET}</{tag}>"
    if block and random_.random() < 0.4 and tag != "p":
        hidden = f"<{tag} {way}><p>{secret}</p><p>{secret}</p></{tag}>"
    paragraphs = [f"<p>{sentence * 2}{number}</p>" for number in range(5)]
    at = random_.randrange(1, 5)
    paragraphs[at] = paragraphs[at] + hidden if block else paragraphs[at].replace("</p>", f" {hidden}</p>")
    html = f"<html><head><title>Crane</title>{CSS}</head><body><article><h1>Crane</h1>{''.join(paragraphs)}</article>"
    text = main_text(Page(html))
    assert SECRET not in text
    assert text.count(sentence) == 10


@pytest.mark.parametrize("name", ["tab-pane", "accordion-body", "collapse", "js-toggle", "read-more-text", "spoiler"])
@pytest.mark.parametrize("way", ["hidden", 'style="display:none"', "aria-labelledby=x hidden", "height=0 hidden"])
def test_what_a_click_opens_is_seen_sooner_or_later(name: str, way: str) -> None:
    name = "plain" if "=x" in way or "=0" in way else name
    for markup, unseen in (
        (f"<div class='{name}' {way}><p>text", False),
        (f"<div class=plain hidden><p class={name}>text", True),
    ):
        assert outline(np.frombuffer(f"{markup}</p></div>".encode(), np.uint8)).unseen[2] == unseen


def test_a_page_that_a_script_shows_is_its_text() -> None:
    paragraphs = "".join(f"<p>{SEEN['eng'] * 2}{number}</p>" for number in range(6))
    assert SEEN["eng"] in main_text(
        Page(f"<title>Crane</title><body style='visibility:hidden'><main>{paragraphs}</main>")
    )


def test_hashes_are_sorted_and_of_every_selector() -> None:
    found = hiding("<style>.b,.a,#c,p.d{display:none}</style>")
    assert len(found) == 4
    assert (np.diff(found.astype(np.int64)) > 0).all()
