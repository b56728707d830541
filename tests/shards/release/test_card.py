"""What a dataset card declares to the hub: the licence, the size, and the configurations."""

import pytest
import yaml

from shards.release import card
from shards.release.manifest import Documents


def documents(rows: int, licenses: dict[str, int], language: str = "zho_Hans", split: str = "train") -> Documents:
    infix = "" if split == "train" else f"-{split}"
    return Documents.model_validate(
        {
            "path": f"data/{language}/open{infix}-00000.arrow",
            "bytes": 2_000,
            "sha256": "0" * 64,
            "rows": rows,
            "language": language,
            "license_class": "open",
            "split": split,
            "licenses": licenses,
        }
    )


def declared(*files: Documents) -> dict[str, object]:
    found = yaml.safe_load(card.render("语料", files, []).split("---\n")[1])
    assert isinstance(found, dict)
    return found


@pytest.mark.parametrize(
    ("rows", "size"),
    [
        (0, "n<1K"),
        (999, "n<1K"),
        (1_000, "1K<n<10K"),
        (9_999, "1K<n<10K"),
        (10_000, "10K<n<100K"),
        (999_999, "100K<n<1M"),
        (1_000_000, "n>1M"),
    ],
)
def test_the_size_is_the_one_of_the_hub_that_holds_all_documents(rows: int, size: str) -> None:
    assert declared(documents(rows, {}))["size_categories"] == [size]


def test_a_licence_is_declared_where_all_documents_have_it_and_the_hub_knows_it() -> None:
    for license, name in card.HUB_LICENSES.items():
        assert declared(documents(2, {license: 2}))["license"] == name
    for licenses in ({"MIT": 2}, {"CC0-1.0": 1, "CC-BY-4.0": 1}, {}):
        found = declared(documents(2, licenses))
        assert (found["license"], found["license_name"]) == ("other", "per-document")


def test_documents_held_out_are_counted_apart_and_bytes_are_those_of_all() -> None:
    text = card.render("语料", [documents(7, {}), documents(2, {}, split="validation")], [])
    assert "| zho_Hans | 9 | 2 | 4,000 |" in text


def test_a_release_without_documents_has_no_configurations() -> None:
    assert "configs" not in declared()
