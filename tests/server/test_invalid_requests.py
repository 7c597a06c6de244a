"""Requests that gunicorn or Flask cannot parse are problems, and are quoted nowhere."""

import json
import socket
from collections.abc import Iterator

import pytest

from tests.server.connections import FORM, SUBMIT, connected, received_all
from tests.support.servers import Server, procfile_command, running

SECRET = "c2VjcmV0"


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    with running(procfile_command(), {}) as server:
        yield server


def sent(server: Server, *lines: str) -> str:
    """Return the response to a request of these lines."""
    with connected(server) as connection:
        connection.sendall("\r\n".join(lines).encode())
        connection.shutdown(socket.SHUT_WR)
        return received_all(connection).decode()


@pytest.mark.parametrize(
    ("status", "lines"),
    [
        (400, [f"{SECRET} /validate HTTP/1.1"]),
        (400, [f"POST http://AC:{SECRET}@[::1/validate HTTP/1.1"]),
        (400, [SUBMIT, f"Authorization {SECRET}"]),
        (400, [SUBMIT, "Authorization: Basic ", SECRET]),
        (501, [SUBMIT, f"Transfer-Encoding: {SECRET}"]),
        (414, [f"GET /{SECRET * 1000} HTTP/1.1"]),
        (431, [SUBMIT, f"Authorization: {SECRET * 100_000}"]),
    ],
    ids=lambda value: value if isinstance(value, int) else value[-1][:20],
)
def test_a_request_that_gunicorn_cannot_parse_is_a_problem_that_does_not_quote_it(
    server: Server, status: int, lines: list[str]
) -> None:
    response = sent(server, *lines, "", "")

    head, _, body = response.partition("\r\n\r\n")
    problem = json.loads(body)
    assert head.startswith(f"HTTP/1.1 {status} ")
    assert "\r\nContent-Type: application/problem+json\r\n" in head
    assert set(problem) == {"type", "title", "status", "detail", "code", "request_id"}
    assert f"\r\nX-Request-ID: {problem['request_id']}\r\n" in head
    assert (problem["status"], problem["code"]) == (status, "malformed_request")
    logged = f"Invalid request from ip=127.0.0.1 request={problem['request_id']}"
    assert logged in server.log()
    assert SECRET not in response + server.log()


@pytest.mark.parametrize("chunk", ["zz", "-5", "", "3\r\nabcXX"])
def test_broken_chunked_encoding_is_400_malformed_request(server: Server, chunk: str) -> None:
    response = sent(server, SUBMIT, *FORM, "Transfer-Encoding: chunked", "", chunk, "abc", "")

    assert response.startswith("HTTP/1.1 400 ")
    assert "malformed_request" in response
    assert "chunked encoding" in response
    assert "Traceback" not in server.log()


def test_a_script_name_header_is_ignored(server: Server) -> None:
    page = sent(server, "GET / HTTP/1.1", *FORM, "Accept: text/html", "SCRIPT_NAME: /x", "", "")

    assert "/x" not in page


def test_an_invalid_host_header_is_a_400_page(server: Server) -> None:
    host = f"Host: {64 * 'x'}"
    page = sent(server, "GET / HTTP/1.1", host, "Accept: text/html", "", "")

    assert page.startswith("HTTP/1.1 400 ")
    assert "No verdict" in page
