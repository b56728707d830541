"""The explorer's server: who is answered, and with what headers. Pages that only tests have, over HTTP."""

import http.client
import socket
import threading
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from http import HTTPStatus

import pytest

from jobs.explorer.server import HEADERS, LARGEST, Fields, Reply, Server, moved, told

TOKEN = "token-of-the-test"


class Echo:
    """Answers with what it was asked."""

    def get(self, path: str, query: Fields) -> Reply:
        if path == "broken":
            raise KeyError("secret of the machine")
        if path == "refused":
            raise ValueError("secret of the request")
        return Reply(f"{path} {dict(query)}") if path else moved("first")

    def post(self, path: str, form: Fields) -> Reply:
        return told(HTTPStatus.NOT_FOUND) if path == "nowhere" else Reply(f"took {path} {dict(form)}")


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    with Server(Echo(), token=TOKEN) as made:
        thread = threading.Thread(target=made.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield made
        made.shutdown()
        thread.join()


def ask(
    server: Server, path: str, method: str = "GET", body: str | None = None, **headers: str
) -> tuple[int, str, Mapping[str, str]]:
    connection = http.client.HTTPConnection("127.0.0.1", server.server_port, timeout=10)
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    connection.request(method, path, body, named)
    answer = connection.getresponse()
    content = answer.read().decode()
    connection.close()
    return answer.status, content, dict(answer.headers)


FORM = {"Content_Type": "application/x-www-form-urlencoded"}


def test_it_answers_on_loopback_to_whoever_has_the_token(server: Server) -> None:
    assert server.server_address[0] == "127.0.0.1"
    assert server.address == f"http://127.0.0.1:{server.server_port}/{TOKEN}/"
    assert ask(server, f"/{TOKEN}/a/b?c=d&c=e")[:2] == (200, "a/b {'c': ['d', 'e']}")
    assert ask(server, f"/{TOKEN}/")[0] == 303
    with Server(Echo()) as other:
        assert len(other.token) > 30


@pytest.mark.parametrize(
    "path",
    [
        "/",
        "//",
        "/x",
        f"/{TOKEN[:-1]}/a",
        f"/{TOKEN}x/a",
        f"/{TOKEN.upper()}/a",
        "/a?token=" + TOKEN,
        "/%74oken-of-the-test/a",
    ],
)
def test_without_the_token_nothing_is_there(server: Server, path: str) -> None:
    status, content, headers = ask(server, path)
    assert (status, content) == (404, "404 Not Found\n")
    assert headers["Content-Security-Policy"] == HEADERS["Content-Security-Policy"]


@pytest.mark.parametrize(
    "host", ["evil.example", "evil.example:{port}", "127.0.0.1", "127.0.0.1:1", "[::1]:{port}", ""]
)
def test_a_name_elsewhere_that_leads_here_is_not_answered(server: Server, host: str) -> None:
    status, content, _ = ask(server, f"/{TOKEN}/a", Host=host.format(port=server.server_port))
    assert (status, content) == (421, "421 Misdirected Request\n")


def test_an_address_that_is_none_is_not_there(server: Server) -> None:
    with socket.create_connection(("127.0.0.1", server.server_port)) as connection:
        connection.sendall(f"GET http://[x/ HTTP/1.0\r\nHost: 127.0.0.1:{server.server_port}\r\n\r\n".encode())
        assert connection.recv(100).startswith(b"HTTP/1.0 404 ")


def test_localhost_is_a_name_of_this_machine(server: Server) -> None:
    assert ask(server, f"/{TOKEN}/a", Host=f"localhost:{server.server_port}")[0] == 200


@pytest.mark.parametrize("path", ["a", "broken", "nothing?" + "&".join("ab" for _ in range(200))])
def test_every_answer_is_closed_to_everything_outside(server: Server, path: str) -> None:
    headers = ask(server, f"/{TOKEN}/{path}")[2]
    assert {name: headers[name] for name in HEADERS} == HEADERS
    policy = dict(part.strip().split(" ", 1) for part in headers["Content-Security-Policy"].split(";"))
    assert (policy["default-src"], policy["script-src"], policy["form-action"]) == ("'none'", "'self'", "'self'")
    assert policy["base-uri"] == policy["frame-ancestors"] == "'none'"
    assert "unsafe" not in headers["Content-Security-Policy"]
    assert headers["Server"].strip() == "yuliao"


def test_a_fault_is_told_without_what_it_was(server: Server, caplog: pytest.LogCaptureFixture) -> None:
    assert ask(server, f"/{TOKEN}/broken")[:2] == (500, "500 Internal Server Error\n")
    assert "secret of the machine" in caplog.text
    assert TOKEN not in caplog.text
    assert ask(server, f"/{TOKEN}/refused")[:2] == (400, "400 Bad Request\n")


def test_a_form_of_this_server_is_taken(server: Server) -> None:
    assert ask(server, f"/{TOKEN}/label", "POST", "a=b", **FORM)[:2] == (200, "took label {'a': ['b']}")
    here = f"http://127.0.0.1:{server.server_port}"
    assert ask(server, f"/{TOKEN}/label", "POST", "a=b", Origin=here, **FORM)[0] == 200
    assert ask(server, f"/{TOKEN}/label", "POST", "a=b", Origin="null", Sec_Fetch_Site="same-origin", **FORM)[0] == 200


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"Sec_Fetch_Site": "cross-site", **FORM}, 403),
        ({"Sec_Fetch_Site": "same-site", **FORM}, 403),
        ({"Origin": "https://evil.example", **FORM}, 403),
        ({"Origin": "null", **FORM}, 403),
        ({"Content_Type": "text/plain"}, 403),
        ({"Content_Type": "application/json"}, 403),
        ({"Content_Length": "many", **FORM}, 413),
        ({"Content_Length": "-1", **FORM}, 413),
        ({"Content_Length": str(LARGEST + 1), **FORM}, 413),
        ({"Host": "evil.example", **FORM}, 421),
    ],
)
def test_a_form_of_any_other_page_is_not(server: Server, headers: dict[str, str], status: int) -> None:
    assert ask(server, f"/{TOKEN}/label", "POST", "a=b", **headers)[0] == status


def test_other_methods_are_not_known_and_heads_have_no_body(server: Server) -> None:
    assert ask(server, f"/{TOKEN}/a", "PUT")[0] == 501
    assert ask(server, f"/{TOKEN}/a", "HEAD")[:2] == (200, "")


def test_many_are_answered_at_once(server: Server) -> None:
    with ThreadPoolExecutor(16) as pool:
        found = list(pool.map(lambda n: ask(server, f"/{TOKEN}/a?n={n}")[1], range(64)))
    assert found == [f"a {{'n': ['{n}']}}" for n in range(64)]


@pytest.mark.parametrize(
    ("size", "status"), [("9" * 5000, 413), (str(LARGEST + 1), 413), ("-3", 413), ("30", 400), ("3", 200)]
)
def test_a_form_is_as_long_as_it_says(server: Server, size: str, status: int) -> None:
    head = f"POST /{TOKEN}/a HTTP/1.1\r\nHost: 127.0.0.1:{server.server_port}\r\nContent-Length: {size}\r\n"
    with socket.create_connection(("127.0.0.1", server.server_port), timeout=10) as connection:
        connection.sendall(f"{head}Content-Type: application/x-www-form-urlencoded\r\n\r\na=b".encode())
        connection.shutdown(socket.SHUT_WR)
        assert connection.makefile("rb").readline().split()[1] == str(status).encode()
