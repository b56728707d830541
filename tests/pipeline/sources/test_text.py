import gzip
import hashlib
from collections import Counter
from pathlib import Path

import pytest
from pydantic import ValidationError

from pipeline.sources.text import Text
from tests.pipeline.sources.conftest import Rows


def test_a_folder_of_texts_is_a_document_a_file(tmp_path: Path, read: Rows) -> None:
    (tmp_path / "sub").mkdir()
    (tmp_path / "a.txt").write_text("第一篇", encoding="utf-8")
    (tmp_path / "b.txt.gz").write_bytes(gzip.compress("Второй".encode()))
    (tmp_path / "sub" / "c").write_bytes("ثالث".encode("utf-16"))
    rows = read(Text(name="t", paths=(str(tmp_path),), license="CC0-1.0"))
    assert [row["text"] for row in rows] == ["第一篇", "Второй", "ثالث"]
    assert rows[0]["source_id"] == hashlib.sha256("第一篇".encode()).hexdigest()
    assert rows[0]["license"] == "CC0-1.0"


@pytest.mark.parametrize("encoding", ["gb18030", "big5", "koi8-r", "shift_jis", "windows-1252"])
def test_a_declared_encoding_is_used(tmp_path: Path, read: Rows, encoding: str) -> None:
    text = {"koi8-r": "Мир", "windows-1252": "Straße “quoted”", "shift_jis": "日本語"}.get(encoding, "語料")
    (tmp_path / "a.txt").write_bytes(text.encode(encoding))
    (row,) = read(Text(name="t", paths=(str(tmp_path),), encoding=encoding))
    assert row["text"] == text


@pytest.mark.parametrize(
    ("encoding", "text"),
    [
        ("gb18030", "港口委员会星期二开会，讨论了新的码头和今年冬天的渡轮时刻表。" * 3),
        ("shift_jis", "港の委員会は火曜日に会合を開き、新しい桟橋について話し合った。" * 3),
        ("koi8-r", "Портовый совет собрался во вторник и обсудил новую пристань. " * 3),
        ("windows-1252", "Der Hafenrat tagte am Dienstag über die neue Brücke; es gab Äußerungen dafür. " * 3),
    ],
)
def test_the_charset_of_a_text_is_told_from_its_bytes(tmp_path: Path, read: Rows, encoding: str, text: str) -> None:
    (tmp_path / "a.txt").write_bytes(text.encode(encoding))
    (row,) = read(Text(name="t", paths=(str(tmp_path),)))
    assert row["text"] == text


def test_hidden_files_and_pictures_of_a_folder_are_counted_and_one_that_is_named_is_read(
    tmp_path: Path, read: Rows
) -> None:
    for name in ("a.txt", ".DS_Store", ".git/config", "photo.JPG", "song.mp3", "b/Thumbs.db", "c.zip", "README"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(name)
    skipped: Counter[str] = Counter()
    assert sorted(row["text"] for row in read(Text(name="t", paths=(str(tmp_path),)), skipped)) == ["README", "a.txt"]
    assert skipped == {"text.hidden": 3, "text.picture": 1, "text.sound": 1, "text.archive": 1}
    (row,) = read(Text(name="t", paths=(str(tmp_path / ".git/config"),)))
    assert row["text"] == ".git/config"


@pytest.mark.parametrize(
    ("reason", "content"),
    [
        ("text.empty", b" \n\t "),
        ("text.empty", b""),
        ("text.not_text", b"%PDF-1.4 ..."),
        ("text.not_text", b"\x00\x01\x02\x03"),
        ("text.too_large", b"x" * 2000),
        ("text.truncated", gzip.compress(hashlib.sha256(b"").hexdigest().encode() * 9, mtime=0)[:-20]),
    ],
)
def test_what_is_no_text_is_rejected_with_a_reason(tmp_path: Path, read: Rows, reason: str, content: bytes) -> None:
    (tmp_path / "a.txt").write_bytes(content)
    unreadable: list[str] = []
    (row,) = read(Text(name="t", paths=(str(tmp_path),), max_record_bytes=1000), None, unreadable)
    assert (row["rejected_by"], row["text"]) == (reason, "")
    assert bool(unreadable) == (reason == "text.truncated")


def test_an_encoding_that_does_not_exist_is_an_error_of_the_config() -> None:
    with pytest.raises(ValidationError, match="utf-9"):
        Text(name="t", paths=("x",), encoding="utf-9")
