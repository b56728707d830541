"""Filters tried on a file: what they would decide, and by which signal."""

from pathlib import Path

import pytest

from pipeline.answers.trial import filters_named, trial
from pipeline.errors import QuestionError

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
    tried = trial(filters_named(str(tmp_path / "chain.yaml")), tmp_path / "page.txt")
    assert tried.document["rejected_by"] == reason
    outcomes = {one.name.partition(".")[2]: one.outcome for one in tried.measurements}
    assert outcomes["words"] == ("flags" if action == "flag" else "rejects")
    assert outcomes["stop_words"] == ("rejects" if action == "flag" else "would_reject")


def test_a_file_that_is_not_there_and_a_filter_that_is_none_are_told(tmp_path: Path) -> None:
    with pytest.raises(QuestionError, match="No such file"):
        trial(filters_named("url"), tmp_path / "nothing.txt")
    with pytest.raises(QuestionError, match=r"'gopher_qualty' is neither a filter .*; did you mean gopher_quality"):
        filters_named("gopher_qualty")
