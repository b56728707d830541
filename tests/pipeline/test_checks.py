"""What a configuration says of the world: clusters that are none are told within seconds, before any work."""

import ipaddress
import socket
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path

import grpc
import pytest
import yaml
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

from pipeline.checks import CERTIFICATES, TOKENS, load_checked, lost_with_its_job, no_cluster
from pipeline.config import RaySettings
from pipeline.errors import BusyError, ConfigError
from pipeline.run import Local, run
from shards import answering, files, stores
from tests.object_store import serving as serving_bucket
from tests.pipeline.stages.corpus import Corpus
from tests.runs import Silent


@contextmanager
def listening(*said: bytes) -> Iterator[str]:
    """Yield the address of a port that greets whoever connects."""
    with socket.create_server(("127.0.0.1", 0)) as server:

        def serve() -> None:
            with suppress(OSError):  # of a port that is closed while it waits
                for there, _ in iter(server.accept, None):
                    with there, suppress(OSError):
                        there.recv(1000)
                        for piece in said:
                            there.sendall(piece)

        threading.Thread(target=serve, daemon=True).start()
        yield f"127.0.0.1:{server.getsockname()[1]}"


@pytest.mark.parametrize(
    "said",
    [[], [b"HTTP/1.1 400 Bad Request\r\n\r\n"], [b"SSH-2.0-OpenSSH_9.6\r\n"], [b"-ERR unknown\r\n"], [b"abc"]],
    ids=str,
)
def test_what_answers_and_is_no_cluster_is_told_at_once(said: list[bytes]) -> None:
    began = time.monotonic()
    for scheme in ("", "ray://"):
        with listening(*said) as address:
            assert "is no cluster of Ray" in str(no_cluster(RaySettings(address=scheme + address)))
    assert time.monotonic() - began < 5


@contextmanager
def serving(
    *methods: str, token: str | None = None, credentials: grpc.ServerCredentials | None = None
) -> Iterator[str]:
    """Yield the address of a gRPC server that has methods of Ray, and asks for a token if there is one."""

    def answer(_: bytes, context: grpc.ServicerContext) -> bytes:
        if token is not None and ("authorization", f"Bearer {token}") not in context.invocation_metadata():
            context.abort(grpc.StatusCode.UNAUTHENTICATED, "InvalidAuthToken")
        return b""

    server = grpc.server(ThreadPoolExecutor(1))
    for method in methods:
        service, _, name = method.partition("/")
        handlers = {name: grpc.unary_unary_rpc_method_handler(answer)}
        server.add_generic_rpc_handlers((grpc.method_handlers_generic_handler(f"ray.rpc.{service}", handlers),))
    place = "127.0.0.1:0"
    port = server.add_secure_port(place, credentials) if credentials else server.add_insecure_port(place)
    server.start()
    yield f"127.0.0.1:{port}"
    server.stop(None)


CLUSTER = ("NodeInfoGcsService/GetClusterId",)
CLIENTS = ("RayletDriver/ClusterInfo",)


def test_a_cluster_is_one_and_another_server_of_grpc_is_none() -> None:
    with serving(*CLUSTER) as address:
        assert no_cluster(RaySettings(address=address)) is None
        assert "is no cluster of Ray" in str(no_cluster(RaySettings(address=f"ray://{address}")))
    with serving(*CLIENTS) as address:
        assert no_cluster(RaySettings(address=f"ray://{address}")) is None
    with serving() as address:
        assert "is no cluster of Ray" in str(no_cluster(RaySettings(address=address)))


def certificate(folder: Path) -> tuple[Path, Path]:
    """Write a key and a certificate of 127.0.0.1 that it signs itself; return their files."""
    made = ec.generate_private_key(ec.SECP256R1())
    name, today = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "cluster")]), datetime.now(UTC)
    alternative = x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))])
    builder = x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(made.public_key())
    builder = builder.serial_number(1).not_valid_before(today - timedelta(days=1))
    builder = builder.not_valid_after(today + timedelta(days=1)).add_extension(alternative, critical=False)
    signed = builder.sign(made, SHA256())
    key, own = folder / "key.pem", folder / "own.pem"
    key.write_bytes(made.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    own.write_bytes(signed.public_bytes(Encoding.PEM))
    return key, own


def test_a_cluster_with_tls_is_asked_with_the_certificates_of_its_client(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    key, own = certificate(tmp_path)
    credentials = grpc.ssl_server_credentials(
        [(key.read_bytes(), own.read_bytes())], own.read_bytes(), require_client_auth=True
    )
    with serving(*CLUSTER, credentials=credentials) as address:
        assert "is no cluster of Ray" in str(no_cluster(RaySettings(address=address)))
        monkeypatch.setenv("RAY_USE_TLS", "1")
        for name, path in zip(CERTIFICATES, (own, key, own), strict=True):
            monkeypatch.setenv(name, str(path))
        assert no_cluster(RaySettings(address=address)) is None
        monkeypatch.setenv("RAY_TLS_SERVER_KEY", str(tmp_path / "none.pem"))
        assert "none.pem: No such file" in str(no_cluster(RaySettings(address=address)))
        monkeypatch.delenv("RAY_TLS_SERVER_KEY")
        assert "RAY_TLS_SERVER_KEY is not set" in str(no_cluster(RaySettings(address=address)))


def test_a_token_that_nobody_gave_is_asked_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in TOKENS:
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HOME", str(tmp_path))
    with serving(*CLUSTER, token="t") as address:
        for mode, wrong in (("", "t"), ("token", ""), ("token", "u")):
            monkeypatch.setenv("RAY_AUTH_MODE", mode)
            monkeypatch.setenv("RAY_AUTH_TOKEN", wrong)
            assert "asks for its token" in str(no_cluster(RaySettings(address=address)))
        (tmp_path / "token").write_text("t\n")
        monkeypatch.delenv("RAY_AUTH_TOKEN")
        monkeypatch.setenv("RAY_AUTH_TOKEN_PATH", str(tmp_path / "token"))
        assert no_cluster(RaySettings(address=address)) is None


def test_the_head_of_a_run_that_has_begun_may_be_starting_and_any_other_mistake_is_one(tmp_path: Path) -> None:
    corpus = Corpus(tmp_path)
    corpus.write("a", {"text": "a"})
    corpus.configured([{"name": "normalize"}])
    config = tmp_path / "config.yaml"
    settings = yaml.safe_load(config.read_text())
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        silent = f"127.0.0.1:{free.getsockname()[1]}"
    output = tmp_path / "output"
    for begun, address, paths, kind in (
        (False, silent, ["in"], ConfigError),
        (True, silent, ["in"], BusyError),
        (True, silent, ["none"], ConfigError),
        (True, "no-such-host.invalid:6379", ["in"], ConfigError),
        (True, "127.0.0.1", ["in"], ConfigError),
    ):
        if begun:
            output.mkdir(exist_ok=True)
            (output / "status.json").write_text("{}")
        settings["stages"][0]["sources"][0]["paths"] = [str(tmp_path / path) for path in paths]
        config.write_text(yaml.safe_dump({**settings, "output": str(output), "ray": {"address": address}}))
        with pytest.raises(ConfigError, match="address") as caught:
            load_checked(str(config))
        assert type(caught.value) is kind, (begun, address)


@pytest.mark.parametrize("lost", ["output", "input"])
def test_a_store_that_does_not_answer_is_a_mistake_until_the_run_has_begun(
    lost: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A cluster is decided likewise. The output itself cannot say whether the run has begun: this machine does."""
    monkeypatch.setattr(answering, "PATIENCE", 0.5)
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    corpus = Corpus(tmp_path)
    corpus.write("a", {"text": "a"})
    corpus.configured([{"name": "normalize"}])
    path = tmp_path / "config.yaml"
    settings = yaml.safe_load(path.read_text())
    bucket = f"s3://bucket/{lost}"
    with serving_bucket(monkeypatch) as served:
        files.write_bytes(f"{bucket}/in/a.jsonl", b'{"text": "a"}\n')
        if lost == "output":
            settings["output"] = bucket
        else:
            settings["stages"][0]["sources"][0]["paths"] = [f"{bucket}/in/*.jsonl"]
        path.write_text(yaml.safe_dump(settings))
        fine = load_checked(str(path))
        where = served.address
    for begun, kind in ((False, ConfigError), (True, BusyError)):
        if begun:
            with serving_bucket(monkeypatch):
                files.write_bytes(f"{bucket}/in/a.jsonl", b'{"text": "a"}\n')
                assert run(fine, Local(), Silent()).failures == []
        with socket.create_server(("127.0.0.1", 0)) as mute:
            for endpoint in (where, f"http://127.0.0.1:{mute.getsockname()[1]}"):
                monkeypatch.setenv("AWS_ENDPOINT_URL", endpoint)
                stores._store.cache_clear()
                answering._questions.clear()  # of a process that has asked before
                with pytest.raises(
                    ConfigError, match=r"^[^\n]*s3://bucket (cannot be reached|does not answer)[^\n]*$"
                ) as caught:
                    load_checked(str(path))
                assert type(caught.value) is kind, (begun, endpoint)


def test_auto_is_the_cluster_of_this_machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("RAY_ADDRESS", raising=False)
    monkeypatch.setenv("RAY_TMPDIR", str(tmp_path))
    assert "no cluster runs on this machine" in str(no_cluster(RaySettings(address="auto")))
    (tmp_path / "ray").mkdir()
    with serving(*CLUSTER) as address:
        (tmp_path / "ray" / "ray_current_cluster").write_text(address)
        assert no_cluster(RaySettings(address="auto")) is None
    assert "no cluster answers at" in str(no_cluster(RaySettings(address="auto")))
    assert no_cluster(RaySettings()) is None


@pytest.mark.parametrize(
    ("output", "kept"), [("out/run", False), ("/mnt/shared/run", True), ("s3://bucket/run", True), ("./run", False)]
)
def test_a_job_of_ray_keeps_its_output_elsewhere(output: str, kept: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("RAY_JOB_CONFIG_JSON_ENV_VAR", raising=False)
    assert lost_with_its_job(output) is None
    monkeypatch.setenv("RAY_JOB_CONFIG_JSON_ENV_VAR", "{}")
    assert (lost_with_its_job(output) is None) is kept
