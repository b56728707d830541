"""What the tables can read, a page is read for: a word of each name and each reservation is looked for in its bytes."""

import pyarrow as pa
import pytest
import yaml

from filters.licences.prefilter import heard, speaking
from tests.runs import ROOT

EXAMPLES = yaml.safe_load((ROOT / "tests" / "pattern_examples" / "licences.yaml").read_text(encoding="utf-8"))
UNHEARD = {  # in pages of every kind, where they say nothing of the text
    "cc:license",  # found by the markup around it
    "Apache-2.0",  # at the head of half of all programs
}
NAMES = [*EXAMPLES["titles:creative_commons"], *EXAMPLES["names:aliases"]]


@pytest.mark.parametrize("name", [name for name in NAMES if name not in UNHEARD])
def test_a_page_that_names_a_licence_is_read(name: str) -> None:
    assert speaking(["The weather.", name]) == [1]
    assert heard(pa.array([f"<p>{name}</p>".encode()], pa.large_binary()))[0].licenses


@pytest.mark.parametrize("words", EXAMPLES["statements:reserved"])
def test_a_page_that_reserves_all_rights_is_read(words: str) -> None:
    assert speaking(["The weather.", words]) == [1]
    assert heard(pa.array([f"<p>{words}</p>".encode()], pa.large_binary()))[0].reserved
