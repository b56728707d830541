"""What a manifest says of its files, in bytes that people read."""

from pathlib import Path

import pytest

from shards import files
from shards.release import manifest
from shards.release.manifest import Documents
from shards.release.place import ReleaseError
from shards.release.splits import Split
from tests.shards.release.releases import document, write_release


def listed(path: str, language: str, split: Split = "train", **licenses: int) -> Documents:
    return Documents(
        path=path,
        bytes=1,
        sha256="0" * 64,
        rows=sum(licenses.values()),
        language=language,
        license_class="open",
        split=split,
        licenses=licenses,
    )


FILES = (
    listed("data/zho_Hans/open-00001.arrow", "zho_Hans", a=1, b=5),
    listed("data/tha_Thai/open-00000.arrow", "tha_Thai", c=2),
    listed("data/zho_Hans/open-00000.arrow", "zho_Hans", a=1, b=1),
)


def test_languages_and_their_files_are_in_order() -> None:
    found = manifest.by_language(FILES)
    assert {language: [file.path[-7] for file in of] for language, of in found.items()} == {
        "tha_Thai": ["0"],
        "zho_Hans": ["0", "1"],
    }
    assert list(found) == ["tha_Thai", "zho_Hans"]


def test_licences_are_counted_the_most_frequent_first_and_equals_by_name() -> None:
    assert list(manifest.by_license(FILES).items()) == [("b", 6), ("a", 2), ("c", 2)]
    assert manifest.rows_in(FILES) == 10


def test_a_title_is_read_in_its_own_script_and_every_file_is_listed(tmp_path: Path) -> None:
    folder = str(tmp_path)
    of = write_release(folder, [("train", document(1, "天气很好。"))]).model_copy(update={"title": "气象语料"})
    manifest.write(folder, of)
    assert '"title": "气象语料"' in (tmp_path / "manifest.json").read_text(encoding="utf-8")
    assert manifest.read(folder) == of
    assert sorted(file.path for file in of.files) == sorted(set(files.paths_below(folder)) - {"manifest.json"})


@pytest.mark.parametrize("content", [b"", b"{}", b'{"format": 999}', b"\xff\xfe"])
def test_what_is_no_manifest_is_told(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "manifest.json").write_bytes(content)
    with pytest.raises(ReleaseError, match="manifest"):
        manifest.read(str(tmp_path))
