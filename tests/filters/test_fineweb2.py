"""The published numbers of FineWeb-2 (Penedo et al. 2025), as `configs/published/fineweb2.yaml` holds them."""

from pathlib import Path
from typing import Any

import pytest
import yaml
from pydantic import TypeAdapter

from pipeline.catalogue import AnyFilter
from tests.filters.bounds import limits

CHAINS: dict[str, list[dict[str, Any]]] = yaml.safe_load(
    (Path(__file__).parents[2] / "configs/published/fineweb2.yaml").read_text(encoding="utf-8")
)
CHAIN: TypeAdapter[list[AnyFilter]] = TypeAdapter(list[AnyFilter])


@pytest.mark.parametrize(
    ("language", "expected"),
    [
        ("deu_Latn", {"duplicate_lines": 0.263, "top_2_gram": 0.169, "duplicate_10_grams": 0.098, "newlines": 0.152}),
        ("zho_Hans", {"duplicate_lines": 0.287, "top_2_gram": 0.256, "duplicate_10_grams": 0.127, "newlines": 0.178}),
        ("tha_Thai", {"duplicate_lines": 0.349, "top_4_gram": 0.162, "duplicate_5_grams": 0.185, "newlines": 0.153}),
        ("spa_Latn", {"duplicate_lines": 0.265, "top_2_gram": 0.077, "duplicate_6_grams": 0.137, "newlines": 0.171}),
    ],
)
def test_maxima_are_those_of_the_languages_file(language: str, expected: dict[str, float]) -> None:
    bounds = {
        name: bound for filter in CHAIN.validate_python(CHAINS[language]) for name, bound in limits(filter).items()
    }
    assert {name: bounds[name][1] for name in expected} == expected


@pytest.mark.parametrize("language", sorted(CHAINS))
def test_every_language_has_the_steps_of_the_published_pipeline(language: str) -> None:
    repetition, fineweb, quality = CHAIN.validate_python(CHAINS[language])
    assert [repetition.name, fineweb.name, quality.name] == ["gopher_repetition", "fineweb", "gopher_quality"]
    off = ("duplicate_paragraphs", "duplicate_line_characters", "duplicate_paragraph_characters")
    assert {str(repetition.bounds()[name]) for name in off} == {"any"}  # three that the pipeline sets to 0
    assert str(fineweb.bounds()["short_lines"]) == "any"
    assert str(fineweb.bounds()["duplicate_line_characters"]) == "[-inf, 0.1]"
    assert str(quality.bounds()["words"]) == "[50, 100000]"
    assert 0.7 < (limits(quality)["alphabetic_words"][0] or 0) <= 0.9
