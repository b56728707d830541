"""What a class says of its fields is found though no more than the classes of a module are parsed."""

import ast
from pathlib import Path

import pytest

from filters.documentation import _statements

ROOT = Path(__file__).parents[2]
MODULES = sorted((ROOT / "filters").glob("*.py")) + sorted((ROOT / "pipeline" / "sources").glob("*.py"))


def classes(body: list[ast.stmt]) -> list[str]:
    return [ast.dump(node, include_attributes=True) for node in body if isinstance(node, ast.ClassDef)]


@pytest.mark.parametrize("module", MODULES, ids=lambda path: f"{path.parent.name}/{path.name}")
def test_the_classes_of_a_module_are_parsed_where_they_are(module: Path) -> None:
    text = module.read_text(encoding="utf-8")
    plain = [node for node in ast.parse(text).body if isinstance(node, ast.ClassDef)]
    for node in plain:
        node.decorator_list = []  # they are outside of the class
    found = classes(_statements(text))
    assert [one.partition("decorator_list")[0] for one in found] == [
        one.partition("decorator_list")[0] for one in classes(list(plain))
    ]


def test_a_string_that_reaches_the_margin_is_no_end_of_a_class() -> None:
    text = 'class Model:\n    text: str = """one\ntwo"""\n    size: int = 1  # of it\n'
    (found,) = classes(_statements(text))
    assert found == classes(ast.parse(text).body)[0]
