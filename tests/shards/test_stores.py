"""Objects in a bucket: few requests, whole or not at all, whatever a store lets fail."""

from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from shards import blocks, files, globs, stores
from shards.blocks import Blocks, Got
from shards.errors import StoreError
from shards.stores import StoreSettings
from tests.object_store import Bucket, serving

SCHEMA = pa.schema([pa.field("id", pa.int64()), pa.field("text", pa.string())])
NAMES = ["天氣 預報.arrow", "a b", "a#b", "100%", "a%20b", "a+b", "q?x=1", "~t", "日本/[1]*", "été"]


@pytest.fixture(scope="module")
def server() -> Iterator[Bucket]:
    with pytest.MonkeyPatch.context() as patch, serving(patch) as bucket:
        yield bucket


@pytest.fixture
def bucket(server: Bucket) -> Iterator[Bucket]:
    """Give a bucket that is empty and was asked nothing."""
    server.objects.clear()
    server.asked.clear()
    yield server
    server.rate = 0.0


# What a name may be


@pytest.mark.parametrize("name", NAMES)
def test_an_object_has_the_name_that_it_was_given(bucket: Bucket, name: str) -> None:
    uri = f"s3://bucket/new folder/{name}"
    written = files.write_bytes(uri, "內容".encode())
    assert list(bucket.objects) == [f"new folder/{name}"]
    assert files.read_bytes(uri) == "內容".encode()
    assert files.sha256(uri) == written.sha256
    assert files.paths_below("s3://bucket/new folder") == [name]
    assert [info.uri for info in globs.expand([uri])] == [uri]
    files.duplicate(uri, f"{uri}.copy")
    assert files.read_bytes(f"{uri}.copy") == "內容".encode()
    files.remove(uri)
    files.remove_folder("s3://bucket/new folder")
    assert bucket.objects == {}


def test_what_is_in_folders_is_told_apart(bucket: Bucket) -> None:
    for name in ("run/a.json", "run/01/x.arrow", "run/01/deep/y.arrow", "runs/z"):
        files.write_bytes(f"s3://bucket/{name}", b"12")
    assert files.folders_in("s3://bucket/run") == ["01"]
    assert files.names_in("s3://bucket/run") == ["a.json"]
    assert files.sizes_below("s3://bucket/run") == {"01/deep/y.arrow": 2, "01/x.arrow": 2, "a.json": 2}
    assert [info.path for info in globs.expand(["s3://bucket/run/**/*.arrow"])] == ["01/deep/y.arrow", "01/x.arrow"]
    assert [info.path for info in globs.expand(["s3://bucket/run/*/?.arrow"])] == ["01/x.arrow"]
    kinds = [
        (files.exists(uri), files.is_file(uri), files.is_folder(uri))
        for uri in ("s3://bucket/run", "s3://bucket/runs/z", "s3://bucket/ru")
    ]
    assert kinds == [(True, False, True), (True, True, False), (False, False, False)]
    assert files.read_if_there("s3://bucket/none") is None
    with pytest.raises(FileNotFoundError, match="none: no such"):
        files.info("s3://bucket/none")


# How often a store is asked


def test_a_small_file_is_one_request_to_write_and_one_to_read(bucket: Bucket) -> None:
    files.write_shard("s3://bucket/a.arrow", [rows(0, 3000)], SCHEMA)
    assert bucket.asked == {"PUT": 1}
    assert files.read_table("s3://bucket/a.arrow").num_rows == 3000
    assert files.read_bytes("s3://bucket/a.arrow") == bucket.objects["a.arrow"]
    with files.open_input("s3://bucket/a.arrow") as source:
        assert source.read() == bucket.objects["a.arrow"]
    assert bucket.asked == {"PUT": 1, "GET": 3}


def test_of_a_large_shard_what_is_wanted_is_read_in_few_requests(
    bucket: Bucket, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stores, "PART", 64 << 10)
    monkeypatch.setattr(stores, "TAIL", 4 << 10)
    monkeypatch.setattr(blocks, "FIRST", 16 << 10)
    files.write_shard("s3://bucket/a.arrow", [rows(0, 60_000)], SCHEMA)
    size = len(bucket.objects["a.arrow"])
    assert size > 128 << 10, "in parts"
    bucket.asked.clear()
    (batch,) = files.read_batches("s3://bucket/a.arrow", range(40, 41))
    assert batch["id"].to_pylist() == list(range(40 * 1024, 41 * 1024))
    assert bucket.asked == {"GET": 2}
    bucket.asked.clear()
    assert files.read_table("s3://bucket/a.arrow")["id"].to_pylist() == list(range(60_000))
    assert bucket.asked["GET"] <= 6


def rows(first: int, last: int) -> pa.RecordBatch:
    return pa.RecordBatch.from_arrays(
        [pa.array(range(first, last)), pa.array([f"{number * 7919 % 104729}" for number in range(first, last)])],
        schema=SCHEMA,
    )


@given(
    st.binary(max_size=200),
    st.integers(0, 200),
    st.lists(st.tuples(st.integers(0, 220), st.integers(0, 220)), max_size=9),
)
@hypothesis_settings(max_examples=40)
def test_a_file_in_blocks_reads_as_it_is(content: bytes, cut: int, wanted: list[tuple[int, int]]) -> None:
    asked: Counter[int] = Counter()

    def fetch(start: int, length: int) -> bytes:
        assert 0 < length <= len(content) - start
        asked[start] += 1
        return content[start : start + length]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(blocks, "FIRST", 3)
        patch.setattr(blocks, "LARGEST", 20)
        for first in (Got(0, content[:cut], len(content)), Got(len(content[:cut]), content[cut:], len(content))):
            source = Blocks(fetch, first)
            for start, length in wanted:
                source.seek(start)
                assert source.read(length) == content[start : start + length]
            source.seek(0)
            assert source.read() == content


# What fails


def test_what_may_pass_is_tried_again(bucket: Bucket, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stores, "DELAYS", (0.01,) * 20)
    bucket.rate = 0.3
    for number in range(20):
        files.write_bytes(f"s3://bucket/{number}", b"x" * number)
        assert files.read_bytes(f"s3://bucket/{number}") == b"x" * number
    assert len(files.names_in("s3://bucket")) == 20
    assert len(bucket.failed) > 3, "of several kinds"


def test_what_does_not_pass_is_one_error_with_the_address_and_no_secret(bucket: Bucket) -> None:
    with pytest.raises(StoreError, match=r"^s3://\*\*\*@other/a: ") as caught:
        stores._ask("s3://K:S3CRET@other/a", lambda store, key: _refuse())
    assert "S3CRET" not in str(caught.value)


@pytest.mark.parametrize("name", ["a//b", "a/../b", "a\nb"])
def test_what_no_object_can_be_called_is_refused(bucket: Bucket, name: str) -> None:
    with pytest.raises(StoreError, match="no name of an object"):
        files.write_bytes(f"s3://bucket/{name}", b"")
    assert bucket.objects == {}


def _refuse() -> None:
    from obstore.exceptions import PermissionDeniedError

    raise PermissionDeniedError("no\nyou may not")


def test_one_of_two_creates_an_object_and_one_of_two_replaces_it(bucket: Bucket) -> None:
    uri = "s3://bucket/lease.json"
    mark = stores.create(uri, b"one")
    assert mark
    assert stores.create(uri, b"two") is None
    assert stores.create(uri, b"one") == mark, "a try whose answer was lost"
    assert stores.replace(uri, b"three", mark)
    assert stores.replace(uri, b"four", mark) is None
    assert stores.read_marked(uri)[0] == b"three"
    assert stores.replace("s3://bucket/none", b"x", mark) is None


# How a store is asked


PROFILES = """
[default]
aws_access_key_id = of-default
aws_secret_access_key = s
[mine]
aws_access_key_id = of-mine
aws_secret_access_key = s
"""
CONFIG = """
[profile mine]
region = eu-central-1
endpoint_url = https://minio.example:9000
"""

OSS, MINE = "https://oss-cn-hangzhou.aliyuncs.com", {"access_key_id": "of-mine", "region": "eu-central-1"}
ASKED: list[tuple[str, StoreSettings, dict[str, str], dict[str, str]]] = [
    ("s3", StoreSettings(), {}, {"access_key_id": "of-default"}),
    ("s3", StoreSettings(), {"AWS_PROFILE": "mine"}, {**MINE, "endpoint": "https://minio.example:9000"}),
    ("s3", StoreSettings(profile="mine", region="x"), {"AWS_ACCESS_KEY_ID": "k"}, {**MINE, "region": "x"}),
    (
        "s3",
        StoreSettings(endpoint="http://[::1]:9000"),
        {"AWS_ENDPOINT_URL": "https://e"},
        {"endpoint": "http://[::1]:9000"},
    ),
    ("s3", StoreSettings(), {"AWS_ENDPOINT_URL_S3": "https://e/", "AWS_ENDPOINT_URL": "h"}, {"endpoint": "https://e"}),
    ("s3", StoreSettings(endpoint=OSS, virtual_host=True), {}, {"endpoint": OSS.replace("oss", "corpus.oss", 1)}),
    ("s3", StoreSettings(virtual_host=True), {}, {"virtual_hosted_style_request": "true"}),
    ("oss", StoreSettings(), {"OSS_ENDPOINT": OSS[8:]}, {"endpoint": OSS.replace("oss", "corpus.oss", 1)}),
    ("oss", StoreSettings(endpoint=OSS), {"OSS_ACCESS_KEY_ID": "o"}, {"access_key_id": "o"}),
    ("s3", StoreSettings(requester_pays=True), {}, {"request_payer": "true"}),
    ("s3", StoreSettings(anonymous=True), {}, {"skip_signature": "true"}),
    ("gs", StoreSettings(endpoint="http://[::1]:4443"), {}, {"base_url": "http://[::1]:4443"}),
]


@pytest.mark.parametrize(("kind", "settings", "environment", "expected"), ASKED)
def test_settings_and_the_environment_say_how_to_ask(
    kind: str,
    settings: StoreSettings,
    environment: dict[str, str],
    expected: dict[str, str],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_ENDPOINT_URL", "AWS_REGION", "AWS_PROFILE"):
        monkeypatch.delenv(name, raising=False)
    (tmp_path / "credentials").write_text(PROFILES)
    (tmp_path / "config").write_text(CONFIG)
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "credentials"))
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "config"))
    monkeypatch.delenv(stores.SETTINGS, raising=False)
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    stores.configure({f"{kind}://corpus/": settings})
    try:
        config = stores._located(f"{kind}://corpus/a")[0].config
    finally:
        stores._store.cache_clear()
    said = {name: str(value) for name, value in config.items()}
    assert {name: said.get(name) for name in expected} == expected


def test_a_profile_without_keys_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "none"))
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "none"))
    with pytest.raises(StoreError, match="the profile mine has no keys"):
        stores._profile("mine")
