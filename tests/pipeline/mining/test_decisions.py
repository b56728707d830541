from pathlib import Path

import pytest

from pipeline.errors import ConfigError
from pipeline.mining.decisions import add, read
from pipeline.mining.places import Place

ONE, TWO = (Place(f"{name}.example", 9, 8, 0.8, (f"https://{name}.example/1",)) for name in ("one", "two"))


def test_what_a_person_wrote_stays_and_what_is_new_comes_below(tmp_path: Path) -> None:
    file = tmp_path / "kept" / "hosts.yaml"
    assert read(file) == []
    assert [one.place for one in add(file, "law", 1, [ONE])] == ["one.example"]
    text = file.read_text().replace("accept: null", "accept: true # a court")
    file.write_text(text)
    assert [one.place for one in add(file, "law", 2, [ONE, TWO])] == ["two.example"]
    assert file.read_text().startswith(text)
    assert [(one.accept, one.round) for one in read(file)] == [(True, 1), (None, 2)]
    assert add(file, "law", 3, [TWO, ONE]) == []


@pytest.mark.parametrize("content", ["- place: a\n  acept: true\n", "place: a\n", "- [1\n"])
def test_a_list_that_is_none_is_named(tmp_path: Path, content: str) -> None:
    (tmp_path / "hosts.yaml").write_text(content)
    with pytest.raises(ConfigError, match=r"hosts\.yaml"):
        read(tmp_path / "hosts.yaml")
