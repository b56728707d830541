"""Whatever is written into a row is read from it again, and what earlier versions wrote is understood."""

import json
from pathlib import Path
from typing import Protocol

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pipeline.crawl.journal import Entry
from pipeline.crawl.links import Known, Left, Link
from pipeline.crawl.outcomes import UrlResult
from pipeline.crawl.partition import KnownHost
from pipeline.crawl.progress import HostProgress
from pipeline.crawl.rights_files import RightsFile
from pipeline.crawl.robots import Rules
from pipeline.crawl.rows import Row, read_rows, write_rows
from tests.pipeline.crawl import strategies


class Storable(Protocol):
    @classmethod
    def from_json(cls, row: Row) -> "Storable": ...

    def to_json(self) -> Row: ...


PROGRESS = st.builds(
    HostProgress,
    st.dictionaries(strategies.OUTCOMES | st.just("retry"), strategies.COUNT),
    strategies.COUNT,
    strategies.TIME,
    st.booleans(),
)


@pytest.mark.parametrize(
    ("kind", "values"),
    [
        (Link, strategies.KNOWN_LINKS),
        (Known, strategies.KNOWN),
        (Left, strategies.LEFT),
        (Rules, strategies.RULES),
        (RightsFile, strategies.RIGHTS_FILES),
        (KnownHost, strategies.HOSTS),
        (UrlResult, strategies.RESULTS),
        (Entry, strategies.ENTRIES),
        (HostProgress, PROGRESS),
    ],
)
@given(data=st.data())
def test_a_row_is_read_as_it_was_written(
    kind: type[Storable], values: st.SearchStrategy[Storable], data: st.DataObject
) -> None:
    value = data.draw(values)
    assert kind.from_json(json.loads(json.dumps(value.to_json(), ensure_ascii=False))) == value


@given(st.lists(strategies.KNOWN_LINKS, max_size=4))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_the_same_rows_give_the_same_bytes_and_come_back_in_order(tmp_path: Path, links: list[Link]) -> None:
    for name in ("a", "b"):
        write_rows(tmp_path / name, (link.to_json() for link in links))
    assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes()
    assert [Link.from_json(row) for row in read_rows(tmp_path / "a")] == links
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a", "b"]
