"""Secrets of addresses: none is left in what is told, whatever the address and wherever it stands."""

import http.server
import itertools
import json
import logging
import threading
import traceback
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from jobs.__main__ import _told
from pipeline.config import PipelineConfig, load
from pipeline.discreet import Discreet, DiscreetJson
from pipeline.errors import ConfigError, PipelineError, QuestionError, ShardError, SourceError
from pipeline.inputs import Inputs
from pipeline.run import Local, run
from pipeline.sources.names import Names
from shards import stores
from shards.errors import StoreError
from shards.secrets import discreet, redacted, redacted_in
from tests.object_store import serving as serving_objects
from tests.runs import Silent

SECRET = "S3CRETvalue"
USERS = [f"user:{SECRET}@", f"{SECRET}@", f"a%40b:{SECRET}%2F@", f":{SECRET}@"]
PARAMETERS = [
    *("token", "access_token", "X-Amz-Signature", "X-Amz-Security-Token", "X-Amz-Credential", "sig", "signature"),
    *("AWSAccessKeyId", "GoogleAccessId", "X-Goog-Signature", "api_key", "apikey", "api-key", "access_key", "key"),
    *("secret", "client_secret", "password", "passwd", "pwd", "auth", "Key-Pair-Id", "Signature", "hf_token", "sas"),
]
SCHEMES = ["http", "https", "s3", "gs", "hf", "ftp", "abfs"]
ADDRESSES = [f"{scheme}://{user}host.example/a/b.jsonl" for scheme, user in itertools.product(SCHEMES, USERS)] + [
    f"{scheme}://host.example/a/b.jsonl{before}{name}={SECRET}{after}"
    for scheme, name, (before, after) in itertools.product(
        SCHEMES, PARAMETERS, [("?", ""), ("?x=1&", "&y=2"), ("?x=1;", "#part"), ("?x=1&amp;", "")]
    )
]
SETTINGS = ["{}", "Error: {}: no such file", "('{}', 3)", '{{"file": "{}"}}', "<{}>", "paths.0: found '{}', allowed: x"]


@pytest.mark.parametrize("setting", SETTINGS)
def test_no_secret_is_left_of_any_address(setting: str) -> None:
    for address in ADDRESSES:
        told = redacted(setting.format(address))
        assert SECRET not in told, address
        assert "host.example/a/b.jsonl" in told
        assert redacted(told) == told


def test_what_is_no_secret_stays() -> None:
    for text in (
        "https://host.example/a?page=2&sort=title#top",
        "https://host.example/@user/post",
        "mail a@b.example: see https://host.example",
        "min=3 max=4",
        "s3://bucket/key/part=1/x.parquet",
        "hf://datasets/x/y@main/data.parquet",
        "https://host.example/model.bin#sha256=abcd",
    ):
        assert redacted(text).replace("hf://***@", "hf://datasets/x/y@") == text


def test_an_error_tells_no_secret_however_it_is_printed() -> None:
    for kind, address in itertools.product((PipelineError, ConfigError, SourceError, ShardError), ADDRESSES[:40]):
        error = kind(f"{address}: no such file")
        assert SECRET not in f"{error}{error!r}{error.args}"
        assert SECRET not in "".join(traceback.format_exception(error))


HEADERS = [
    f"authorization: Bearer {SECRET}",
    f"Authorization: Basic {SECRET}",
    f"'Authorization': 'AWS4-HMAC-SHA256 Credential={SECRET}/20260101/eu/s3/aws4_request, Signature={SECRET}'",
    f'{{"x-amz-security-token": "{SECRET}"}}',
    f"Cookie: session={SECRET}; other={SECRET}",
    f"sent Bearer {SECRET} to the store",
    f"<AWSAccessKeyId>{SECRET}</AWSAccessKeyId><StringToSign>AWS4\n{SECRET}</StringToSign>",
    f"<SignatureProvided>{SECRET}</SignatureProvided>",
]
VARIABLES = (
    "AWS_SECRET_ACCESS_KEY",
    "AWS_ACCESS_KEY_ID",
    "AWS_SESSION_TOKEN",
    "HF_TOKEN",
    "OSS_API_KEY",
    "DB_PASSWORD",
)


def refused(patch: pytest.MonkeyPatch) -> str:
    """Return what is told of a store that refuses, and repeats in its answer how it was asked."""
    with serving_objects(patch) as bucket:
        bucket.refuses = True
        with pytest.raises(StoreError) as raised:
            stores.read("s3://bucket/a.jsonl")
    return "".join(traceback.format_exception(raised.value, chain=False))


def logged(kind: type[logging.Formatter], text: str) -> str:
    """Return the line of a log with a text in its message and in its traceback."""
    try:
        raise OSError(text)
    except OSError as error:
        about = (type(error), error, error.__traceback__)
        return kind("%(message)s").format(logging.LogRecord("x", logging.INFO, "", 0, "%s", (text,), about))


def test_whatever_tells_a_person_tells_no_secret(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Of addresses, of headers, of answers of stores, of the environment; in errors, logs, failures and status."""
    told = [refused(monkeypatch)]
    for number, name in enumerate(VARIABLES):
        monkeypatch.setenv(name, f"{SECRET}{number}{name}")
    texts = [*(setting.format(address) for setting in SETTINGS for address in ADDRESSES[::97]), *HEADERS]
    texts += [f"environ({{'{name}': '{SECRET}{number}{name}'}})" for number, name in enumerate(VARIABLES)]
    for text in texts:
        told += [logged(Discreet, text), logged(DiscreetJson, text)]
        told += [
            discreet(str(kind(text))) for kind in (PipelineError, ConfigError, SourceError, ShardError, QuestionError)
        ]
        _told(ValueError, ValueError(text), None)
    told.append(capsys.readouterr().err)
    assert not [one for one in told if SECRET in one]


def test_what_has_the_look_of_a_secret_and_is_none_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LANGUAGE_TOKEN", "short")
    monkeypatch.setenv("KEY_FILE", "/home/user/keys.pem")
    for text in (
        "a short basic course",
        "no authorization of source notes",
        "/home/user/keys.pem: no such file",
        "basic needs of people",
        "authorisation: its purpose is research",
    ):
        assert discreet(text) == text


def test_names_and_identities_of_files_hold_none_and_do_not_change_with_it(tmp_path: Path) -> None:
    for address in ADDRESSES:
        folder = address.partition("?")[0].rpartition("/")[0]
        assert SECRET not in Names().name(folder, address[len(folder) + 1 :])
    inputs = Inputs(str(tmp_path / "inputs.json"))
    for address in ADDRESSES:
        if address.startswith(("http", "hf")):
            identity, _ = inputs.identify(address)
            assert SECRET not in identity
            assert identity == inputs.identify(address.replace(SECRET, "another"))[0]


def test_values_of_json_are_redacted_with_their_keys() -> None:
    value = {ADDRESSES[0]: [ADDRESSES[1], {"x": (ADDRESSES[-1], 1, None)}]}
    assert SECRET not in json.dumps(redacted_in(value))


DOCUMENTS = b"".join(
    json.dumps({"text": f"The weir above the mill, part {n}.", "id": str(n)}).encode() + b"\n" for n in range(3)
)


TABLE = b"text,id\nThe weir above the mill.,4\n"


class _Server(http.server.BaseHTTPRequestHandler):
    def do_HEAD(self) -> None:
        self._answer(sent=False)

    def do_GET(self) -> None:
        self._answer(sent=True)

    def _answer(self, *, sent: bool) -> None:
        found = SECRET in self.path and "absent" not in self.path
        content = (TABLE if ".csv" in self.path else DOCUMENTS) if found else b""
        self.send_response(200 if found else 404)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content if sent else b"")

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the interface's name
        """Say nothing."""


@pytest.fixture
def server() -> Iterator[str]:
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), _Server) as serving:
        thread = threading.Thread(target=serving.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
        thread.start()
        yield f"127.0.0.1:{serving.server_address[1]}"
        serving.shutdown()


OTHERS = ("csv, license: CC-BY-4.0, fields: {text: text}", "text")


def configuration(folder: Path, address: str, others: Sequence[str] = ()) -> PipelineConfig:
    sources = [f"{{kind: jsonl, name: notes, paths: ['{address}'], license: CC-BY-4.0, fields: {{id: id}}}}"]
    for number, other in enumerate(others):
        sources.append(f"{{name: n{number}, paths: ['{address.replace('.jsonl', f'.{other[:3]}')}'], kind: {other}}}")
    source = ", ".join(sources)
    path = folder / "config.yaml"
    path.write_text(
        f"name: trial\noutput: {folder / 'out'}\nstages:\n"
        f"  - name: documents\n    sources: [{source}]\n    steps: [{{name: license}}]\n"
        "  - {name: rights, confidence: {min: 0}}\n  - {name: publish, title: Notes}\n",
        encoding="utf-8",
    )
    return load(str(path))


def test_nothing_that_a_run_writes_holds_the_secret_of_its_source(server: str, tmp_path: Path) -> None:
    address = f"http://user:{SECRET}@{server}/f.jsonl?token={SECRET}"
    result = run(configuration(tmp_path, address, OTHERS), Local(), Silent())
    assert not result.failures, result.failures
    written = [path for path in (tmp_path / "out").rglob("*") if path.is_file()]
    assert any(path.name == "manifest.json" for path in written)
    for path in written:
        assert SECRET.encode() not in path.read_bytes(), path


def test_a_source_that_fails_is_told_without_its_secret(server: str, tmp_path: Path) -> None:
    config = configuration(tmp_path, f"http://user:{SECRET}@{server}/absent.jsonl?token={SECRET}")
    with pytest.raises(ConfigError, match=r"absent\.jsonl") as raised:
        run(config, Local(), Silent())
    assert SECRET not in str(raised.value)
    assert not [
        path for path in (tmp_path / "out").rglob("*") if path.is_file() and SECRET.encode() in path.read_bytes()
    ]


def test_a_log_and_a_traceback_hold_none(capsys: pytest.CaptureFixture[str]) -> None:
    for address in ADDRESSES:
        record = logging.LogRecord("x", logging.INFO, "", 0, "reading %s", (address,), None)
        assert SECRET not in Discreet("%(message)s").format(record)
    _told(ValueError, ValueError(ADDRESSES[0]), None)
    assert SECRET not in capsys.readouterr().err
