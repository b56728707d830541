import random
from html import unescape
from html.entities import html5

import pytest
from lxml import etree

from pipeline.sources.entities import resolve
from pipeline.sources.jats import xml_parser

DOCTYPE = '<!DOCTYPE a PUBLIC "-//X//DTD Y//EN" "y.dtd">'
NAMES = sorted(name for name in html5 if name.endswith(";") and name[:-1].isalnum())


@pytest.mark.parametrize("seed", range(60))
def test_named_entities_are_the_characters_that_they_name_wherever_they_stand(seed: int) -> None:
    source = random.Random(seed)

    def content(depth: int) -> str:
        parts = []
        for _ in range(source.randrange(1, 6)):
            kind = source.random()
            if kind < 0.5:
                parts.append(f"&{source.choice(NAMES)}")
            elif kind < 0.75 or depth > 3:
                parts.append(source.choice(["word ", "語", " ", "&amp;", "<!-- x -->"]))
            else:
                parts.append(f"<b>{content(depth + 1)}</b>")
        return "".join(parts)

    body = content(0)
    root = etree.fromstring(f"{DOCTYPE}<a>{body}</a>", xml_parser())
    assert resolve(root) == 0
    plain = "".join(
        unescape(part) for part in etree.fromstring(f"<a>{body.replace('&', '&amp;')}</a>").itertext("a", "b")
    )
    assert "".join(root.itertext("a", "b")) == plain


def test_an_entity_of_the_document_s_own_is_left_out_and_counted() -> None:
    root = etree.fromstring('<!DOCTYPE a SYSTEM "a.dtd" [<!ENTITY own "words">]><a>x &own; &nbsp;y</a>', xml_parser())
    assert resolve(root) == 1
    assert root.text == "x  \u00a0y"


def test_a_long_run_of_entities_takes_no_longer_than_its_length() -> None:
    root = etree.fromstring(f"{DOCTYPE}<a>{'&eacute;x' * 20_000}</a>", xml_parser())
    assert resolve(root) == 0
    assert root.text == "éx" * 20_000
