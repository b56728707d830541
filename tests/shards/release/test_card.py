"""What a dataset card declares to the hub: the licence, the size, and the configurations."""

import pytest
import yaml

from shards.release import card
from shards.release.card_parts import COLUMNS, ColumnsRow, Making, Step
from shards.release.manifest import Documents
from shards.schema import PUBLISHED
from shards.tables import rows


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
            "characters": 65,
            "text_bytes": 195,
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
    assert "| zho_Hans | 9 | 2 | 130 | 390 | 4,000 |" in text
    assert "| open | 9 | 2 | 130 | 390 | 4,000 |" in text


def test_a_release_without_documents_has_no_configurations() -> None:
    assert "configs" not in declared()


def test_languages_are_named_as_the_hub_names_them() -> None:
    files = [documents(1, {}, tag) for tag in ("zho_Hans", "zho_Hant", "arb_Arab", "yue_Hant", "nob_Latn", "und")]
    assert declared(*files)["language"] == ["ar", "nb", "yue", "zh"]
    assert "language" not in declared(documents(1, {}, "und"))


def test_sizes_of_texts_are_left_out_where_an_earlier_version_did_not_count_them() -> None:
    old = documents(7, {}).model_copy(update={"characters": None, "text_bytes": None})
    assert "| zho_Hans | 7 | 0 |  |  | 2,000 |" in card.render("语料", [old], [])


def test_every_column_is_explained_once() -> None:
    named = [name for row in rows(COLUMNS, ColumnsRow) for name in row.names.split(", ")]
    assert sorted(named) == sorted(PUBLISHED.names)


def test_the_paths_from_a_bucket_are_those_of_the_configuration_of_the_largest_language() -> None:
    files = [documents(7, {}), documents(2, {}, split="validation"), documents(3, {}, "tha_Thai")]
    text = card.render("语料", files, [])
    (globs,) = (line.partition(" = ")[2] for line in text.splitlines() if line.startswith("paths = "))
    assert yaml.safe_load(globs) == ["data/zho_Hans/open-[0-9]*.arrow"]
    assert 'load_dataset("FOLDER", "zho_Hans", split="train")' in text
    assert "Load it" not in card.render("语料", [], [])


def test_what_was_rejected_is_told_with_its_reasons() -> None:
    making = Making(
        steps=[
            Step("documents", 10, 7, {"license.verdict": 2, "warc.status": 1}),
            Step("dedup", 7, 5, {"dedup.near": 2}),
        ],
        sources=["crawl"],
        lineage="lineage-0123.json.gz",
        contact="data@publisher.example",
    )
    text = card.render("语料", [documents(5, {})], [], making=making)
    assert "| documents | 10 | 7 | 3 |\n| dedup | 7 | 5 | 2 |" in text
    assert text.index("| dedup.near | 2 |") < text.index("| license.verdict | 2 |") < text.index("| warc.status | 1 |")
    assert "Sources: `crawl`." in text
    assert "`lineage-0123.json.gz`" in text
    assert "Write to data@publisher.example. To have documents removed" in text
    assert "named no address" in card.render("语料", [documents(5, {})], [])
