"""Tables that lie beside the code, in YAML or TSV: read once into frozen models, and checked as they are read.

A wrong key, a value of the wrong kind and a key that is there twice are errors that name the file and the key.
"""

from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Annotated, Any, TypeAlias, TypeVar, cast

import yaml
from pydantic import BaseModel, BeforeValidator, ValidationError

M = TypeVar("M", bound=BaseModel)

CodePoint: TypeAlias = Annotated[int, BeforeValidator(lambda digits: int(digits, 16))]  # written in hex


class TableError(ValueError):
    """A table that does not hold what its model says."""


def table(path: Path, model: type[M]) -> M:
    """Return what a YAML file holds, as its model.

    Raises
    ------
    TableError
        naming the file, each wrong key, what was found and what is allowed.
    """
    return cast("M", _table(path, model))


@cache
def _table(path: Path, model: type[BaseModel]) -> BaseModel:
    try:
        return model.model_validate(yaml.load(path.read_bytes(), Loader=_UniqueKeys))  # noqa: S506 - builds plain values
    except (yaml.YAMLError, TypeError) as error:
        raise TableError(f"{path.name}: {error}") from error
    except ValidationError as error:
        raise TableError(_explained(path.name, error)) from error


def rows(path: Path, model: type[M]) -> Iterator[M]:
    """Yield the rows of a TSV file, each as its model; the header names the model's fields, in order.

    Empty lines and lines that begin with `#` are skipped.

    Raises
    ------
    TableError
        naming the file, the line, each wrong column, what was found and what is allowed.
    """
    lines = enumerate(path.read_text(encoding="utf-8").splitlines(), 1)
    numbered = [(number, line.split("\t")) for number, line in lines if line and not line.startswith("#")]
    header = numbered[0][1] if numbered else []
    if header != list(model.model_fields):
        raise TableError(f"{path.name}: the header must be {list(model.model_fields)}, found {header}")
    for number, values in numbered[1:]:
        yield _row(f"{path.name}:{number}", header, values, model)


def _row(place: str, header: list[str], values: list[str], model: type[M]) -> M:
    if len(values) != len(header):
        raise TableError(f"{place}: {len(values)} columns, expected {len(header)}")
    try:
        return model.model_validate(dict(zip(header, values, strict=True)))
    except ValidationError as error:
        raise TableError(_explained(place, error)) from error


def _explained(place: str, error: ValidationError) -> str:
    problems = ((".".join(map(str, problem["loc"])) or "the file", problem) for problem in error.errors())
    return "\n".join(f"{place}: {key}: {problem['msg']}, found {problem['input']!r:.80}" for key, problem in problems)


class _UniqueKeys(yaml.CSafeLoader):
    """Reads YAML in which no key is there twice: PyYAML would keep the last."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        seen = set()
        for key_node, _ in node.value:
            key = self.construct_object(key_node, deep=True)
            if key in seen:
                raise yaml.MarkedYAMLError(problem=f"the key {key!r} is there twice", problem_mark=key_node.start_mark)
            seen.add(key)
        return super().construct_mapping(node, deep)
