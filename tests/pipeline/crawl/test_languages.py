"""The language of a page: what it declares goes first, then what its text reads like."""

import pytest

from pipeline.crawl.exchange import Answer
from pipeline.crawl.languages import kept, of_text
from pipeline.crawl.pages import Page, read_page

TEXTS = {
    "zh": "本手册说明如何安装操作系统，以及在安装之前需要准备什么硬件和文件。安装程序会引导你完成每一个步骤。",
    "ja": "この文書では、インストールを始める前に必要なハードウェアとファイルについて説明しています。",
    "ru": "Это руководство описывает установку системы и то, что нужно подготовить до её начала.",
    "th": "เอกสารนี้อธิบายวิธีการติดตั้งระบบปฏิบัติการ และสิ่งที่ต้องเตรียมก่อนการติดตั้ง",
    "ar": "يشرح هذا الدليل كيفية تثبيت نظام التشغيل وما يجب تحضيره قبل البدء في عملية التثبيت على الحاسوب",
    "fr": "Ce manuel explique comment installer le système et ce qu'il faut préparer avant de commencer.",
    "el": "Αυτό το εγχειρίδιο περιγράφει την εγκατάσταση του συστήματος και όσα χρειάζονται πριν από αυτήν.",
}


def read(html: str, head: str = "") -> Page:
    answer = Answer.parse(f"HTTP/1.1 200 OK\r\n{head}\r\n\r\n".encode(), html.encode())
    assert answer is not None
    return read_page("http://a.test/", answer, html.encode(), 100)


@pytest.mark.parametrize(
    ("html", "head", "language"),
    [
        ("<html lang=zh-Hant>", "", "zh"),
        ("<html xml:lang='pt_BR'>", "", "pt"),
        ("<html>", "Content-Language: ar, en", "ar"),
        (f"<html lang=fr><p>{TEXTS['ru']}", "", "fr"),
    ],
)
def test_what_is_declared_is_believed(html: str, head: str, language: str) -> None:
    page = read(html, head)
    assert (page.language, page.declared) == (language, True)


@pytest.mark.parametrize("language", TEXTS)
def test_without_a_declaration_the_text_is_asked_and_scripts_are_not(language: str) -> None:
    code = "<script>" + "if (window.location.hash) { return the document to the beginning } " * 40 + "</script>"
    page = read(f"<html lang=''><title>x</title>{code}<p>{TEXTS[language]}")
    assert (page.language, page.declared) == (language, False)


@pytest.mark.parametrize("text", ["", "12 34 56", "OK", TEXTS["zh"] + TEXTS["fr"] * 2, "\x00\ud7ff\ufffe"])
def test_where_the_text_is_not_sure_nothing_is_said(text: str) -> None:
    assert of_text(text) is None
    page = read(f"<html lang='english please'><p>{text}")
    assert (page.language, page.declared) == (None, False)


def test_a_page_of_another_language_is_not_kept() -> None:
    assert kept("zh", ["zh-Hans", "en"])
    assert not kept("fr", ["zh-Hans", "en"])
    assert kept(None, ["en"])
    assert kept("fr", None)


def test_tags_of_one_language_and_languages_that_few_words_tell_apart_stand_for_each_other() -> None:
    assert kept("no", ["nb"])
    assert kept("iw", ["he"])
    assert kept("hr", ["sr-Latn"])
    assert not kept("da", ["nb"])
