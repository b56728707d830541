"""Whatever is not as the manifest says is named: changed, missing, added, or of another format."""

import json
import random
from pathlib import Path

import pytest

from shards import files
from shards.release import layout, manifest
from shards.release.copies import DUPLICATES
from shards.release.place import ReleaseError
from shards.release.validation import loading_problems, problems
from shards.schema import PUBLISHED, batch_of
from tests.shards.release.releases import document, write_release

DOCUMENTS = [
    ("train", document(1, "天氣預報", "zho_Hant")),
    ("train", document(2, "the weather", "eng_Latn", "CC0-1.0", doi="10.1234/x", domains=["weather", "news"])),
    ("train", document(3, "la météo", "fra_Latn", "CC-BY-SA-4.0", title="Ligne\u2028à\x85ligne", author="Z\u000b")),
    ("validation", document(4, "طقس", "arb_Arab")),
]


@pytest.fixture
def release(tmp_path: Path) -> Path:
    write_release(str(tmp_path / "release"), DOCUMENTS)
    return tmp_path / "release"


def test_a_whole_release_has_no_problem(release: Path) -> None:
    assert list(problems(str(release))) == []


def test_every_changed_and_every_missing_file_is_named(release: Path) -> None:
    for file in manifest.read(str(release)).files:
        path = release / file.path
        content = path.read_bytes()
        path.write_bytes(content[:-1] + bytes([content[-1] ^ 1]))
        assert list(problems(str(release))) == [f"{file.path}: its SHA-256 is not that of the manifest"]
        path.unlink()
        assert list(problems(str(release))) == [f"{file.path}: is missing"]
        path.write_bytes(content)
    assert list(problems(str(release))) == []


def test_an_added_file_is_named_and_the_hubs_own_are_not(release: Path) -> None:
    (release / ".gitattributes").write_text("*.arrow filter=lfs")
    (release / "data" / ".DS_Store").write_bytes(b"")
    (release / layout.lineage_path("0" * 64)).write_bytes(b"")
    assert list(problems(str(release))) == [
        "data/.DS_Store: is no part of a release",
        "lineage-0000000000000000.json.gz: is not in the manifest",
    ]


def noticed(release: Path) -> bool:
    try:
        return list(problems(str(release))) != []
    except (ReleaseError, FileNotFoundError):  # the second without a manifest: it is no release
        return True


def test_whatever_is_edited_cut_removed_or_added_anywhere_is_noticed(release: Path) -> None:
    paths = files.paths_below(str(release))
    for seed in range(150):
        draw = random.Random(seed)
        path = release / draw.choice(paths)
        content = path.read_bytes()
        at = draw.randrange(len(content))
        flipped = content[:at] + bytes([content[at] ^ 1 << draw.randrange(8)]) + content[at + 1 :]
        inserted = content[:at] + draw.choice([b" ", b"\n", b"0", b"x"]) + content[at:]
        path.write_bytes(draw.choice([flipped, content[:at], inserted, content + b"\n", b""]))
        assert noticed(release), (seed, path, at)
        path.unlink()
        assert noticed(release), (seed, path)
        path.symlink_to("nowhere")
        assert noticed(release), (seed, path)
        path.unlink()
        path.write_bytes(content)
        added = path.parent / f"{draw.choice(['.', '', 'z'])}{path.name}{draw.choice(['~', '.bak', ' ', '2'])}"
        added.symlink_to("nowhere") if seed % 2 else added.write_bytes(content)
        assert noticed(release), (seed, added)
        added.unlink()
    assert not noticed(release)


def test_a_table_of_another_kind_or_length_is_named(release: Path) -> None:
    of, path = manifest.read(str(release)), "duplicates/00000.arrow"
    written = files.write_shard(str(release / path), [], DUPLICATES)
    table = manifest.Rows(path=path, rows=0, bytes=written.bytes, sha256=written.sha256)
    manifest.write(str(release), of.model_copy(update={"tables": (table,)}))
    assert list(problems(str(release))) == []
    manifest.write(str(release), of.model_copy(update={"tables": (table.model_copy(update={"rows": 2}),)}))
    assert list(problems(str(release))) == [f"{path}: 0 rows, 2 in the manifest"]


@pytest.mark.parametrize(
    ("row", "problem"),
    [
        (document(1, "天氣預報", "zho_Hans"), "documents in ['zho_Hans'] in a shard of zho_Hant"),
        (
            document(1, "天", "zho_Hant") | {"license_class": "open"},
            "documents of class ['open'] in a shard of permissive",
        ),
        (
            document(1, "天", "zho_Hant") | {"license_class": None},
            "documents of class ['None'] in a shard of permissive",
        ),
        (document(1, "天", "zho_Hant") | {"license": "MIT"}, "licences {'MIT': 1}, in the manifest {'CC-BY-4.0': 1}"),
        (document(1, "天氣", "zho_Hant") | {"characters": 3}, "1 documents have another number of characters"),
        (document(1, "天氣", "zho_Hant") | {"bytes": None}, "1 documents have another number of bytes"),
        (document(1, "", "zho_Hant"), "1 documents have no text"),
        (document(2, "天氣", "zho_Hant"), "is in 2 rows"),
    ],
)
def test_documents_that_are_not_those_of_their_shard_are_named(
    release: Path, row: dict[str, object], problem: str
) -> None:
    of = manifest.read(str(release))
    shard = next(shard for shard in of.shards if shard.language == "zho_Hant")
    written = files.write_shard(str(release / shard.path), [batch_of([row], PUBLISHED)], PUBLISHED)
    changed = shard.model_copy(update={"bytes": written.bytes, "sha256": written.sha256})
    manifest.write(
        str(release), of.model_copy(update={"shards": tuple(changed if s == shard else s for s in of.shards)})
    )
    assert any(problem in found for found in problems(str(release)))


def test_a_release_of_another_format_names_both(release: Path) -> None:
    path = release / "manifest.json"
    path.write_text(json.dumps({"format": 1, "title": "Old", "shards": [], "lineage": {}}))
    with pytest.raises(ReleaseError, match="a release of format 1, and this version reads format 3"):
        list(problems(str(release)))
    for content in ("{}", "[]", "not JSON", json.dumps({"format": 3}), "[" * 100_000, "\xff"):
        path.write_text(content)
        with pytest.raises(ReleaseError, match=r"not the manifest of a release|damaged or edited"):
            list(problems(str(release)))


def test_every_configuration_loads_and_a_shard_less_is_noticed(release: Path) -> None:
    shards = manifest.read(str(release)).shards
    assert list(loading_problems(str(release), shards)) == []
    (release / "data" / "fra_Latn" / "sharealike-00000.arrow").unlink()
    rest = [shard for shard in shards if shard.language != "fra_Latn"]
    found = list(loading_problems(str(release), [*rest, *[s for s in shards if s.language == "eng_Latn"]]))
    assert len(found) == 4, "of default and of eng_Latn, both ways"
    assert list(loading_problems(str(release), rest)) == [], "a class that was left out is not missed by the others"


def test_columns_come_back_as_they_were_published(release: Path, tmp_path: Path) -> None:
    import datasets

    loaded = datasets.load_dataset(str(release), "eng_Latn", split="train", cache_dir=str(tmp_path / "cache"))
    streamed = next(iter(datasets.load_dataset(str(release), split="train", streaming=True)))
    assert (loaded[0]["domains"], loaded[0]["doi"], loaded[0]["tokens"]) == (["weather", "news"], "10.1234/x", None)
    assert set(streamed) == set(PUBLISHED.names)
