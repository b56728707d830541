"""Filters tried on a file: what they would decide, and by which signal."""

from pathlib import Path

import pytest

from pipeline.answers.trial import recipe_named, trial
from pipeline.errors import ConfigError, QuestionError

SHORT = """
- name: gopher_quality
  words: {min: 50, action: ACTION}
  alphabetic_words: {}
  stop_words: {min: 2}
"""


@pytest.mark.parametrize(
    ("action", "reason"), [("reject", "gopher_quality.words"), ("flag", "gopher_quality.stop_words")]
)
def test_a_bound_that_flags_rejects_nothing(tmp_path: Path, action: str, reason: str) -> None:
    (tmp_path / "chain.yaml").write_text(SHORT.replace("ACTION", action))
    (tmp_path / "page.txt").write_text("Zu kurz.")
    tried = trial(recipe_named(str(tmp_path / "chain.yaml")), tmp_path / "page.txt")
    assert tried.document["rejected_by"] == reason
    outcomes = {one.name.partition(".")[2]: one.outcome for one in tried.measurements}
    assert outcomes["words"] == ("flags" if action == "flag" else "rejects")
    assert outcomes["stop_words"] == ("rejects" if action == "flag" else "would_reject")


def test_a_file_that_is_not_there_and_a_filter_that_is_none_are_told(tmp_path: Path) -> None:
    with pytest.raises(QuestionError, match="No such file"):
        trial(recipe_named("url"), tmp_path / "nothing.txt")
    with pytest.raises(QuestionError, match=r"'gopher_qualty' is neither a filter .*; did you mean gopher_quality"):
        recipe_named("gopher_qualty")


CONFIG = """
name: tried
output: out
parameters: {words: }
stages:
  - name: documents
    sources: [{kind: warc, name: pages, paths: [none.warc]}]
    steps:
      - name: license
      - {name: extract, engine: resiliparse}
      - {name: normalize, width: true}
      - name: pii
      - name: language
      - {name: gopher_quality, words: {min: "${words}"}}
    languages:
      deu_Latn: [{name: c4}]
"""
PAGE = "<html><p>{}</p><p>Mail: jane.doe@mail-example.org</p>"
ENGLISH = "The rain falls on the coast, and the people of the town read the news of the sea in the morning."
GERMAN = "Der Regen fällt an der Küste, und die Leute der Stadt lesen am Morgen die Nachrichten vom Meer."


@pytest.mark.parametrize(("text", "last"), [(ENGLISH, "gopher_quality"), (GERMAN, "c4")])
def test_a_file_goes_through_all_steps_of_a_configuration(tmp_path: Path, text: str, last: str) -> None:
    (tmp_path / "config.yaml").write_text(CONFIG)
    (tmp_path / "page.html").write_text(PAGE.format(text * 3), encoding="utf-8")
    recipe = recipe_named(str(tmp_path / "config.yaml"), ["words=2"])
    tried = trial(recipe, tmp_path / "page.html")
    told = list(dict.fromkeys(one.name.partition(".")[0] for one in tried.measurements))
    assert told == ["license", "extract", "normalize", "pii", "language", last]
    assert tried.document["rejected_by"] == "license.verdict", "and the steps after it are tried all the same"
    assert "jane.doe" not in tried.document["text"]


OWN = """
name: tried
output: out
stages:
  - name: documents
    sources:
      - {kind: text, name: letters, paths: [FOLDER/letters], license: CC-BY-4.0}
      - {kind: text, name: notes, paths: ["FOLDER/notes/*.txt"], license: CC-BY-NC-4.0}
    steps:
      - name: license
"""


@pytest.mark.parametrize(
    ("file", "license", "reason"),
    [
        ("letters/a.txt", "CC-BY-4.0", None),
        ("letters/of/b.txt", "CC-BY-4.0", None),
        ("notes/c.txt", "CC-BY-NC-4.0", "license.verdict"),
        ("others/d.txt", None, "license.verdict"),
    ],
)
def test_a_file_has_what_is_declared_of_its_source(
    tmp_path: Path, file: str, license: str | None, reason: str | None
) -> None:
    (tmp_path / file).parent.mkdir(parents=True)
    (tmp_path / file).write_text(ENGLISH)
    (tmp_path / "config.yaml").write_text(OWN.replace("FOLDER", str(tmp_path)))
    document = trial(recipe_named(str(tmp_path / "config.yaml")), tmp_path / file).document
    assert (document["license"], document["rejected_by"]) == (license, reason)


def test_parameters_and_keys_are_those_of_a_configuration(tmp_path: Path) -> None:
    (tmp_path / "config.yaml").write_text(CONFIG)
    with pytest.raises(ConfigError, match=r"no value; give it with -p words=…"):
        recipe_named(str(tmp_path / "config.yaml"))
    for name in ("gopher_quality", str(tmp_path / "chain.yaml")):
        (tmp_path / "chain.yaml").write_text(SHORT.replace("ACTION", "flag"))
        with pytest.raises(QuestionError, match="is not a configuration: -p and --set apply to configurations only"):
            recipe_named(name, ["words=2"])
