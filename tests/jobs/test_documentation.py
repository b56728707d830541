"""The documentation: its commands do what it shows, and what it names exists."""

import re
import shutil
from pathlib import Path
from typing import Any

import pytest
import yaml
from pydantic import TypeAdapter
from typer.testing import CliRunner, Result

from jobs.__main__ import COMMANDS, app
from pipeline.catalogue import SOURCES, AnySource
from pipeline.errors import PipelineError
from tests.pages import PAGES, Block, anchors, blocks, headings, links, sections
from tests.runs import ROOT, UNREADABLE, SampleWeb, forget_plugins

README = ROOT / "README.md"
SHOWN = [page for page in PAGES if any(block.language == "sh" for block in blocks(page))]
ELSEWHERE = {
    "README.md",
    "README.zh-Hans.md",
    "monthly.md",
}  # run by a fixture, the same as another, by test_monthly_page
RUN = [page for page in SHOWN if page.name not in ELSEWHERE and page.parent.name != "zh-Hans"]
LANGUAGES = {"sh", "text", "yaml", "python", "json", "dockerfile", "tsv"}
WORDS = (
    *("Deduplication", "MinHash", "Resume", "Cluster", "S3", "Thresholds", "Licences", "Troubleshooting"),
    *("near duplicate", "quality classifier", "tokenizer", "shards", "checkpoint", "provenance", "PII"),
    *("decontamination", "robots.txt", "opt-out", "takedown", "streaming"),
)
LONGEST = 120  # lines of a page for users
REFERENCES = {"filters.md"}  # made from the code
TRANSLATED = [
    (ROOT / "README.md", ROOT / "README.zh-Hans.md"),
    *((ROOT / "docs" / page.name, page) for page in sorted((ROOT / "docs/zh-Hans").glob("*.md"))),
]


def name(page: Path) -> str:
    return page.relative_to(ROOT).as_posix()


@pytest.mark.parametrize("page", PAGES, ids=name)
def test_every_link_leads_somewhere(page: Path) -> None:
    for target, anchor in links(page):
        assert target.exists(), target
        assert not anchor or anchor in anchors(target), f"{target}#{anchor}"


@pytest.mark.parametrize("page", PAGES, ids=name)
def test_every_block_says_what_it_is_and_leaves_out_one_stretch_at_most(page: Path) -> None:
    for block in blocks(page):
        assert block.language in LANGUAGES, f"{name(page)}:{block.line}"
        if block.language == "text" and "shape" not in block.marks:
            assert len(re.findall("^…|[^,] …$|…$", block.text, re.MULTILINE)) <= 1, f"{name(page)}:{block.line}"


@pytest.mark.parametrize("page", PAGES, ids=name)
def test_no_sentence_has_a_block_for_its_subject(page: Path) -> None:
    assert re.findall(r"^```\n\n([a-z]\w+ .*)", page.read_text(encoding="utf-8"), re.MULTILINE) == []


@pytest.mark.parametrize("page", PAGES, ids=name)
def test_every_command_and_configuration_exists(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    assert set(re.findall(r"`?yuliao ([a-z-]+) [A-Z]", text)) <= set(COMMANDS)
    for path in re.findall(r"configs/[\w/]+\.yaml", text):
        assert (ROOT / path).exists() or path == "configs/mine.yaml", path


@pytest.mark.parametrize("page", [page for page in PAGES if page.parent.name in ("docs", "zh-Hans")], ids=name)
def test_a_page_for_users_is_short_and_in_the_index(page: Path) -> None:
    if page.name not in REFERENCES:
        assert len(page.read_text(encoding="utf-8").splitlines()) <= LONGEST
    index = ROOT / "docs" / "README.md"
    assert page == index or page.resolve() in {target.resolve() for target, _ in links(index)}


@pytest.mark.parametrize("name", ["measured", "reference"])
def test_the_index_of_a_folder_names_every_page(name: str) -> None:
    folder = ROOT / "docs" / name
    named = {target for target, _ in links(folder / "README.md") if target.parent == folder}
    assert named | {folder / "README.md"} == {*folder.glob("*.md")}


def test_every_decision_is_in_the_index_and_says_what_it_costs() -> None:
    pages = sorted((ROOT / "docs" / "decisions").glob("*.md"))
    entries = {(page, anchor): text for page in pages for anchor, text in sections(page)}
    for (page, anchor), text in entries.items():
        labels = re.findall(r"^- \*(Decided|Because|Costs):\* \S", text, re.MULTILINE)
        assert labels == ["Decided", "Because", "Costs"], f"{name(page)}#{anchor}"
    named = [
        (target.resolve(), anchor)
        for target, anchor in links(ROOT / "DECISIONS.md")
        if target.parent.name == "decisions" and anchor
    ]
    assert sorted(named) == sorted(entries)


@pytest.mark.parametrize("word", WORDS)
def test_the_words_of_the_field_lead_to_a_page(word: str) -> None:
    lines = (ROOT / "docs" / "README.md").read_text(encoding="utf-8").casefold().splitlines()
    assert [line for line in lines if word.casefold() in line and "](" in line], "leads to no page"


def test_a_term_has_one_entry_in_the_glossary_in_the_order_of_the_alphabet() -> None:
    text = (ROOT / "docs" / "glossary.md").read_text(encoding="utf-8")
    terms = re.findall(r"^\| \*\*(.+?)\*\* \|", text, re.MULTILINE)
    assert 25 <= len(terms) <= 40
    assert terms == sorted(set(terms))


@pytest.mark.parametrize(("page", "translation"), TRANSLATED, ids=lambda page: name(page))
def test_a_translation_has_the_sections_and_the_blocks_of_its_page(page: Path, translation: Path) -> None:
    assert [level for level, _ in headings(translation)] == [level for level, _ in headings(page)]

    def shown(path: Path) -> list[tuple[str, frozenset[str], object]]:
        return [(b.language, b.marks, b.commands() if b.language == "sh" else b.text.count("\n")) for b in blocks(path)]

    assert shown(translation) == shown(page)
    assert inline_commands(translation) == inline_commands(page)


def inline_commands(page: Path) -> list[str]:
    """Return the commands and options within the sentences of a page, sorted, each on one line."""
    found = re.findall(r"`(yuliao [^`]+|--?\w[^`]*)`", page.read_text(encoding="utf-8"))
    return sorted(" ".join(words.split()) for words in found)


def test_the_readme_names_every_command() -> None:
    text = README.read_text(encoding="utf-8")
    for command in COMMANDS:
        assert f"`yuliao {command}" in text, command


def test_every_source_in_the_documentation_can_be_configured() -> None:
    examples = [block.text for block in blocks(ROOT / "docs" / "sources.md") if block.language == "yaml"]
    sources = [TypeAdapter[Any](AnySource).validate_python(yaml.safe_load(example)) for example in examples]
    assert len(sources) >= 5


def test_the_page_on_sources_names_every_kind() -> None:
    text = (ROOT / "docs" / "sources.md").read_text(encoding="utf-8")
    assert [kind for kind in SOURCES.names() if f"`{kind}`" not in text] == []


@pytest.mark.parametrize("page", SHOWN, ids=name)
def test_every_command_has_the_options_that_a_page_gives_it(page: Path) -> None:
    for block in blocks(page):
        for command in block.commands() if block.language == "sh" else []:
            if command[0] == "yuliao":
                ended = CliRunner().invoke(app, [*command[1:], "--help"])
                assert ended.exit_code == 0, f"{name(page)}:{block.line}: {command}: {ended.output}"


def ran(words: list[str]) -> Result:
    """Run a command of a page as a user sees it: what `make` calls, or `yuliao` with its messages."""
    if words == ["make", "quickstart"]:
        words = ["yuliao", "run", "configs/quickstart.yaml", "--local"]  # what `make` calls, but for Ray
    keys = None
    if words[0] == "printf" and words[2] == "|":
        keys, words = words[1], words[3:]
    assert words[0] == "yuliao", words
    ended = CliRunner().invoke(app, words[1:], input=keys)
    if isinstance(ended.exception, PipelineError):
        ended.stdout_bytes += f"{type(ended.exception).__name__} {ended.exception}".encode()
        ended.exit_code = 1 if ended.exception.again else 2
    return ended


def lines(text: str) -> str:
    return "\n".join(line.rstrip() for line in text.splitlines())


def compare(shown: Block, output: str) -> None:
    """Assert that a block is in an output, but for what it leaves out."""
    at = 0
    for part in re.split("^…|…$", lines(shown.text), flags=re.MULTILINE):
        found = lines(output).find(part.strip("\n"), at)
        assert found >= 0, f"line {shown.line} shows\n{part}\nwhere the command prints\n{output}"
        at = found + len(part.strip("\n"))


def follow(page: Path) -> None:
    """Do what a page says, in the current folder, and compare what it shows."""
    output = ""
    for block in blocks(page):
        if block.language == "sh":
            output = ""
            for words in [] if "long" in block.marks else block.commands():
                ended = ran(words)
                output = ended.output
                expected = {block.exit_code()} | ({UNREADABLE} if words[0] == "make" else set())
                assert ended.exit_code in expected, f"{name(page)}:{block.line}: {words}\n{output}{ended.exception}"
        elif block.language == "text" and "shape" not in block.marks and output:
            compare(block, output)
        elif file := block.value("file"):
            Path(file).write_text(block.text, encoding="utf-8")


@pytest.fixture(scope="module")
def first_hour(tmp_path_factory: pytest.TempPathFactory, sample_web: SampleWeb) -> Path:
    """Give a reader's folder after the commands of README, whose outputs are compared on the way."""
    folder = tmp_path_factory.mktemp("reader")
    (folder / "build").mkdir()
    (folder / "build" / "sample_web").symlink_to(sample_web.folder)
    for there in ("configs", "README.md"):
        (folder / there).symlink_to(ROOT / there)
    (folder / "letters").mkdir()
    (folder / "letters" / "a.txt").write_text(LETTER, encoding="utf-8")
    for file in ("article.txt", "notes.txt", "spring.couplets"):
        (folder / file).write_text(LETTER, encoding="utf-8")
    (folder / "page.html").write_text(f"<html><body><article><p>{LETTER}</p></article></body></html>", encoding="utf-8")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        follow(README)
    (folder / "letters.yaml").unlink()  # a page begins anew
    return folder


LETTER = (
    "The ferry left the island at six, when the wind had turned and the captain thought that the sea was calm enough. "
    "We stood at the rail with our coats buttoned up and watched the lamps of the harbour grow small behind us. "
    "My sister had packed bread, cheese and a bottle of tea, and she shared them with a family from the north. "
    "They were on their way to a wedding, and the youngest child asked us the name of every bird that flew by."
)


@pytest.mark.slow
@pytest.mark.parametrize("page", RUN, ids=name)
def test_the_commands_of_a_page_do_what_it_shows(
    page: Path, first_hour: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shutil.copytree(first_hour, tmp_path / "reader", symlinks=True)
    monkeypatch.chdir(tmp_path / "reader")
    try:
        follow(page)
    finally:
        forget_plugins()


def test_the_page_tells_what_each_exit_code_asks_for() -> None:
    text = (ROOT / "docs" / "resume.md").read_text(encoding="utf-8")
    assert re.findall(r"^\| (\d) \| (done|retry|do not retry)", text, re.MULTILINE) == [
        ("0", "done"),
        ("1", "retry"),
        ("2", "do not retry"),
        ("3", "done"),
    ]
