"""The licence filter: what licenses a text, what does not, and how sure we are."""

import hashlib
import random
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from filters.chain import judge
from filters.documents import Documents
from filters.licences import words
from filters.licences.decide import decide
from filters.license import License
from shards.schema import EVIDENCE, PAGE, batch_of

CASES = yaml.safe_load(Path(__file__).with_name("license_cases.yaml").read_text(encoding="utf-8"))
CC = "https://creativecommons.org/licenses"
BY = f"{CC}/by/4.0/"
BY_SA = f"{CC}/by-sa/4.0/"


def page(html: str | bytes = "", /, **columns: Any) -> dict[str, Any]:
    payload = html.encode() if isinstance(html, str) else html
    base = {"id": "0", "text": "", "source": "web", "source_id": "0", "url": "https://site.example/post/1"}
    return base | {"payload": payload, "content_type": "text/html"} | columns


def licensed(*rows: dict[str, Any], **settings: Any) -> list[dict[str, Any]]:
    """Return the licence columns and the signals of each row."""
    signals, columns = License(**settings).annotate(Documents(batch_of(rows, PAGE)))
    table = dict(columns) | {name: pa.array(values) for name, values in signals.items()}
    return [{name: values[row].as_py() for name, values in table.items()} for row in range(len(rows))]


def license_of(html: str, **columns: Any) -> tuple[str | None, str]:
    found = licensed(page(html, **columns))[0]
    return found["license"], found["verdict"]


STATED = CASES["stated"]


@pytest.mark.parametrize(("html", "license"), STATED.values(), ids=STATED)
def test_a_licence_stated_of_the_page_is_accepted(html: str, license: str) -> None:
    found = licensed(page(f"<html>{html}"))[0]
    assert (found["license"], found["license_scope"]) == (license, "document")
    assert found["confidence"] >= 0.85


NOT_LICENSED = CASES["not_licensed"]


@pytest.mark.parametrize("html", NOT_LICENSED.values(), ids=NOT_LICENSED)
def test_a_licence_of_something_else_never_licenses_the_text(html: str) -> None:
    found = licensed(page(f"<html><body>{html}"))[0]
    assert found["license"] is None
    assert (found["verdict"], found["confidence"]) == ("unknown", 0.0)


def test_a_licence_in_a_footer_needs_the_rest_of_the_host() -> None:
    found = licensed(page(f'<footer>Content is licensed under <a rel="license" href="{BY}">CC BY 4.0</a></footer>'))[0]
    assert (found["license"], found["license_scope"], found["verdict"]) == ("CC-BY-4.0", "site", "permissive")
    assert found["confidence"] < 0.85


def test_an_articles_own_footer_is_the_articles() -> None:
    notice = f'<p>本文采用 <a rel="license" href="{BY}">CC BY 4.0</a> 许可协议。</p>'
    html = f'<article><footer class="entry-footer">{notice}</footer></article>'
    assert licensed(page(html))[0]["license_scope"] == "document"


def test_the_most_restrictive_statement_about_the_document_wins() -> None:
    html = f'<link rel="license" href="{BY}"><meta name="dcterms.license" content="{CC}/by-nc/4.0/">'
    found = licensed(page(html))[0]
    assert (found["license"], found["verdict"], found["conflicts"]) == ("CC-BY-NC-4.0", "noncommercial", 1)


def test_share_alike_is_never_lost() -> None:
    assert license_of(f'<link rel="license" href="{CC}/by-sa/2.0/">') == ("CC-BY-SA-2.0", "sharealike")


def test_the_retired_certification_of_public_domain_is_no_grant() -> None:
    for path in ("publicdomain/certification/1.0/us/", "licenses/publicdomain/"):
        link = f'<link rel="license" href="https://creativecommons.org/{path}">'
        assert license_of(link) == ("CC-PDDC", "unknown")


def test_what_a_page_is_part_of_licenses_the_site() -> None:
    journal = f'{{"@type":"Periodical","license":"{BY}"}}'
    html = f'<script type="application/ld+json">{{"@type":"WebPage","isPartOf":{journal}}}</script>'
    assert licensed(page(html))[0]["license_scope"] == "site"


def test_a_pictures_licence_in_rdfa_is_the_pictures() -> None:
    html = f'<div about="/img.jpg"><a rel="license cc:license" href="{CC}/by-nc/4.0/">x</a></div>'
    html += f'<div about=""><a rel="license cc:license" href="{BY}">本文</a></div>'
    assert license_of(html)[0] == "CC-BY-4.0"


def test_no_derivatives_is_its_own_class() -> None:
    assert license_of(f'<link rel="license" href="{CC}/by-nd/4.0/">')[1] == "noderivs"
    assert license_of(f'<link rel="license" href="{CC}/by-nc-nd/4.0/">')[1] == "noderivs"


def test_all_rights_reserved_of_the_text_casts_doubt_on_a_licence() -> None:
    html = f'<a rel="license" href="{BY}">CC BY</a><p>本文版权所有，未经授权禁止转载。</p>'
    found = licensed(page(html))[0]
    assert (found["license"], found["conflicts"]) == ("CC-BY-4.0", 1)
    assert found["confidence"] < 0.85


RESERVED = [
    "All Rights Reserved.",
    "版权所有，未经授权禁止转载。",
    "版權所有，未經授權請勿轉載。",
    "無断転載を禁じます。",
    "무단 전재 및 재배포를 금지합니다.",
    "Tous droits réservés.",
    "Alle Rechte vorbehalten.",
    "Все права защищены.",
    "جميع الحقوق محفوظة.",
    "สงวนลิขสิทธิ์",
    "सर्वाधिकार सुरक्षित",
]


@pytest.mark.parametrize("text", RESERVED)
def test_reserved_rights_prohibit_in_every_language(text: str) -> None:
    assert license_of(f"<p>{text}</p>") == ("LicenseRef-AllRightsReserved", "prohibited")


@pytest.mark.parametrize(
    ("text", "charset"),
    [
        ("版权所有，未经授权禁止转载。", "gb18030"),
        ("版權所有，未經授權請勿轉載。", "big5"),
        ("無断転載を禁じます。", "shift_jis"),
        ("無断転載を禁じます。", "euc_jp"),
        ("무단 전재 및 재배포를 금지합니다.", "euc_kr"),
        ("Tous droits réservés.", "latin-1"),
        ("Все права защищены.", "cp1251"),
        ("Все права защищены.", "koi8_r"),
        ("جميع الحقوق محفوظة.", "cp1256"),
        ("สงวนลิขสิทธิ์", "cp874"),
        ("כל הזכויות שמורות", "cp1255"),
        ("Με την επιφύλαξη παντός δικαιώματος", "cp1253"),
    ],
)
@pytest.mark.parametrize("length", [1, 4000], ids=["short", "long"])
def test_reserved_rights_prohibit_in_the_charsets_of_the_web(text: str, charset: str, length: int) -> None:
    """A page that says nothing else of rights is not parsed: its words are read in its own charset all the same."""
    content = f"<p>{'x' * length}</p><p>{text}</p>".encode(charset)
    (found,) = licensed(page(content, content_type=f"text/html; charset={charset}"))
    assert (found["license"], found["verdict"]) == ("LicenseRef-AllRightsReserved", "prohibited")
    (evidence,) = found["evidence"]
    assert (evidence["kind"], evidence["digest"]) == ("reserved", hashlib.sha256(content).hexdigest())
    assert text.split()[-1].strip("。.") in evidence["value"]


def test_what_is_believed_is_a_column_of_documents_that_have_a_licence() -> None:
    (stated,) = licensed(page(f'<link rel="license" href="{BY}">'))
    assert stated["license_confidence"] == pytest.approx(stated["confidence"])
    assert stated["license_confidence"] > 0.85
    (silent,) = licensed(page("<p>The weather.</p>"))
    assert (silent["license"], silent["license_confidence"]) == (None, None)


def test_evidence_has_the_digest_of_what_was_read_the_header_or_the_page() -> None:
    link = f'<{BY}>; rel="license"'
    html = f'<link rel="license" href="{BY}">'
    (found,) = licensed(page(html, headers=[{"name": "Link", "value": link}]))
    digests = {item["kind"]: item["digest"] for item in found["evidence"]}
    read = {"http_link": link, "link_rel": html}
    assert digests == {kind: hashlib.sha256(text.encode()).hexdigest() for kind, text in read.items()}


def test_a_request_to_name_the_source_is_neither_a_licence_nor_a_reservation() -> None:
    assert license_of("<p>转载请注明出处：申城旧闻网。</p>") == (None, "unknown")


@pytest.mark.parametrize("charset", ["gb18030", "utf-8", "utf-16"])
def test_a_statement_is_read_in_the_charset_of_the_page(charset: str) -> None:
    html = f'<meta charset="{charset}"><p>本文采用 <a rel="license" href="{BY}">知识共享署名 4.0</a> 许可协议授权。</p>'
    row = page(html.encode(charset), content_type=f"text/html; charset={charset}")
    assert licensed(row)[0]["license"] == "CC-BY-4.0"


def test_a_link_header_licenses_any_media_type() -> None:
    headers = [{"name": "Link", "value": f'<{BY}>; rel="license", </style.css>; rel=preload'}]
    found = licensed(page(b"%PDF", content_type="application/pdf", headers=headers))[0]
    assert (found["license"], found["evidence"][0]["where"]) == ("CC-BY-4.0", "http")


@pytest.mark.parametrize(
    "html", ['<meta name="robots" content="noindex, NoAI">', '<meta name="ROBOTS" content="noml">']
)
def test_noai_prohibits_even_a_licensed_page(html: str) -> None:
    assert license_of(f'{html}<link rel="license" href="{BY}">') == ("CC-BY-4.0", "prohibited")


def test_a_header_reserves_as_well() -> None:
    headers = [{"name": "X-Robots-Tag", "value": "noai"}]
    assert license_of(f'<link rel="license" href="{BY}">', headers=headers)[1] == "prohibited"


def test_a_reservation_can_be_answered_by_a_contract() -> None:
    row = page('<meta name="robots" content="noai">', license="LicenseRef-Contract-0a1b2c3d")
    assert licensed(row)[0]["verdict"] == "prohibited"
    assert licensed(row, license_overrides_reservation=True)[0]["verdict"] == "contract"


def test_noimageai_speaks_of_images_only() -> None:
    assert license_of(f'<meta name="robots" content="noimageai"><link rel="license" href="{BY}">')[1] == "permissive"


def test_what_a_source_declares_is_evidence_and_its_rows_are_kept() -> None:
    declared = {"kind": "source", "value": "CC-BY-4.0", "where": "source", "subject": "document", "digest": "00"}
    found = licensed(page(license="CC-BY-4.0", evidence=[declared], payload=None))[0]
    assert (found["license"], found["verdict"], found["evidence"]) == ("CC-BY-4.0", "permissive", [declared])
    assert found["confidence"] == pytest.approx(0.95)


@pytest.mark.parametrize(
    ("declared", "license", "verdict"),
    [
        ("CC BY 4.0", "CC-BY-4.0", "permissive"),
        ("https://creativecommons.org/licenses/by-sa/3.0/", "CC-BY-SA-3.0", "sharealike"),
        ("CC-BY-4.0 AND CC-BY-SA-3.0", "CC-BY-4.0 AND CC-BY-SA-3.0", "sharealike"),
        ("GPL-2.0-only OR CC-BY-NC-4.0", "GPL-2.0-only OR CC-BY-NC-4.0", "sharealike"),
        ("LicenseRef-CN-PublicData-Authorised", "LicenseRef-CN-PublicData-Authorised", "contract"),
        ("some rights", "some rights", "unknown"),
    ],
)
def test_what_a_source_declares_is_read_as_an_expression_or_a_name(declared: str, license: str, verdict: str) -> None:
    found = licensed(page(license=declared, payload=None))[0]
    assert (found["license"], found["verdict"]) == (license, verdict)


def test_a_source_may_declare_an_address_alone() -> None:
    assert licensed(page(license_url=f"{CC}/by-sa/4.0/", payload=None))[0]["license"] == "CC-BY-SA-4.0"
    assert licensed(page(license_url="https://site.example/terms", payload=None))[0]["verdict"] == "unknown"


def test_a_reservation_that_the_crawl_found_is_in_force_whatever_the_page_says() -> None:
    row = {
        "kind": "robots_agents",
        "value": "CCBot: /",
        "where": "robots.txt:5",
        "subject": "reservation",
        "digest": "0",
    }
    html = f'<link rel="license" href="{BY}"><meta name="tdm-reservation" content="0">'
    found = licensed(page(html, evidence=[row]))[0]
    assert (found["license"], found["verdict"], found["evidence"][0]) == ("CC-BY-4.0", "prohibited", row)


def test_a_page_can_be_stricter_than_its_source() -> None:
    row = page(f'<link rel="license" href="{CC}/by-nc-nd/4.0/">', license="CC-BY-4.0")
    assert licensed(row)[0]["verdict"] == "noderivs"


def test_every_signal_is_kept_those_that_lost_too() -> None:
    html = f'<link rel="license" href="{BY}"><figure><a rel="license" href="{CC}/by-nc/2.0/">x</a></figure>'
    evidence = licensed(page(html))[0]["evidence"]
    assert [(row["kind"], row["subject"]) for row in evidence] == [("link_rel", "document"), ("a_rel", "media")]
    assert {len(row["digest"]) for row in evidence} == {64}


def test_a_page_without_signals_is_rejected_and_says_so() -> None:
    batch = batch_of([page("<p>Just a page.</p>"), page(f'<link rel="license" href="{BY}">')], PAGE)
    judgement = judge([License()], batch)
    assert judgement.documents.column("rejected_by").to_pylist() == ["license.verdict", None]
    assert judgement.documents.column("evidence").type == pa.list_(EVIDENCE)


def test_texts_of_one_source_are_searched_together_and_what_it_declares_is_weighed_once(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    calls = {"find": 0, "decide": 0}

    def counted(name: str, function: Any) -> Any:
        def call(*arguments: Any) -> Any:
            calls[name] += 1
            return function(*arguments)

        return call

    monkeypatch.setattr("filters.optouts.words.find", counted("find", words.find))
    monkeypatch.setattr("filters.license.decide", counted("decide", decide))
    refusal = "This text must not be used to train AI models."
    texts = [f"The {number}th of many texts." for number in range(50)] + [refusal]
    found = licensed(*(page(payload=None, text=text, license="CC-BY-4.0") for text in texts))
    assert calls == {"find": 1, "decide": 2}  # with and without a refusal
    assert [row["license"] for row in found] == ["CC-BY-4.0"] * len(texts)
    assert [row["reserved_in_words"] for row in found] == [0] * 50 + [1]


def test_neighbours_do_not_matter() -> None:
    rows = [page(f"<html><body>{html}") for html in NOT_LICENSED.values()] + [page(html) for html, _ in STATED.values()]
    assert licensed(*rows) == [licensed(row)[0] for row in rows]


SOUP = st.lists(
    st.sampled_from(
        [
            *(
                "<p>",
                "</p>",
                "<div class=footer>",
                "</div>",
                "<figure>",
                "<a rel=license href=",
                f"'{BY}'",
                ">",
                "</a>",
            ),
            *(
                "<script type='application/ld+json'>",
                "</script>",
                '{"license":',
                f'"{BY}"',
                "}",
                "[",
                "licensed under ",
            ),
            *(
                "CC BY 4.0",
                "版权所有",
                "本文采用",
                " 许可协议",
                "<meta name=dc.rights content=",
                "<!--",
                "-->",
                "\0",
                "\ud7ff",
            ),
            *("<svg>", "<template>", "<table><td>", "<rdf:RDF><Work rdf:about=''>", "creative commons ", "&#x10FFFF;"),
        ]
    ),
    max_size=30,
)


@settings(max_examples=25)
@given(st.lists(st.one_of(SOUP.map(lambda parts: "".join(parts).encode("utf-8", "replace")), st.binary(max_size=60))))
def test_no_page_breaks_the_filter_and_order_does_not_matter(pages: list[bytes]) -> None:
    rows = [page(payload) for payload in pages]
    assert licensed(*rows) == licensed(*rows[::-1])[::-1]


def test_a_gallery_with_thousands_of_credits_is_read_in_reasonable_work() -> None:
    gallery = f'<div class="x"><img><a rel="license" href="{BY}">CC BY</a></div>' * 5_000
    assert len(licensed(page(gallery))[0]["evidence"]) < 10


def variants(kind: str) -> list[tuple[str, tuple[str, ...]]]:
    """Return pages of a kind that once were judged wrongly, with the licences that are right: "-" is none."""
    seeded = random.Random(kind)
    data = KINDS[kind]
    pages = []
    for _ in range(60):
        sentence, *right = seeded.choice(data["sentences"])
        values = {name: seeded.choice(values) for name, values in data.get("values", {}).items()}
        for _ in range(2):  # a value may hold another
            sentence = sentence.format(**values)
        tag = seeded.choice(data.get("tags", ["p", "div", "section", "td", "small", "blockquote"]))
        frame = seeded.choice(
            ["<article><h1>The weir</h1><p>{text}</p>{said}</article>", "<main>{said}<p>{text}</p></main>"]
        )
        said = f"<{tag}>{sentence}</{tag}>"
        pages.append(("<html><body>" + frame.format(text="The weir was raised twice. " * 5, said=said), tuple(right)))
    return pages


KINDS = yaml.safe_load(Path(__file__).with_name("license_kinds.yaml").read_text(encoding="utf-8"))


@pytest.mark.parametrize("kind", KINDS)
def test_a_kind_of_page_is_judged_as_it_should_be_in_any_place_and_language(kind: str) -> None:
    pages = variants(kind)
    found = licensed(*(page(html) for html, _ in pages))
    for (html, right), row in zip(pages, found, strict=True):
        granted = row["license"] or "-"
        assert granted in right or (row["verdict"] in right), (html, granted, row["verdict"])
