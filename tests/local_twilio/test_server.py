"""Starting and stopping the local Twilio: on loopback only, quietly, and leaving nothing behind."""

import re
import socket
import threading
from urllib.parse import urlsplit

import pytest
import requests

from validator.local_twilio import ACCOUNT_SID, AUTH_TOKEN, SANDBOX_SENDER, LocalTwilio
from validator.local_twilio.__main__ import main

MESSAGES = f"/2010-04-01/Accounts/{ACCOUNT_SID}/Messages.json"


def connect(url: str) -> socket.socket:
    return socket.create_connection(("127.0.0.1", urlsplit(url).port or 0), timeout=5)


def test_it_answers_on_two_loopback_ports_while_it_is_entered() -> None:
    with LocalTwilio(port=0) as local:
        assert re.fullmatch(r"http://127\.0\.0\.1:\d+", local.url)
        assert re.fullmatch(r"http://127\.0\.0\.1:\d+", local.cdn_url)
        assert local.url != local.cdn_url
        assert requests.get(f"{local.url}/samples/").status_code == 200
        assert requests.get(local.cdn_url).status_code == 403


def test_stopping_hangs_up_frees_the_ports_and_ends_every_thread() -> None:
    threads_before = set(threading.enumerate())
    local = LocalTwilio(port=0, pace=0.0)
    local.start()
    form = {
        "From": SANDBOX_SENDER,
        "To": SANDBOX_SENDER,
        "MediaUrl": f"{local.url}/samples/owl.png",
    }
    requests.post(local.url + MESSAGES, data=form, auth=(ACCOUNT_SID, AUTH_TOKEN))
    with connect(local.url) as idle:
        idle.sendall(b"HEAD /samples/ HTTP/1.1\r\nHost: local\r\n\r\n")
        assert idle.recv(4096).startswith(b"HTTP/1.1 200 ")
        local.stop()

        assert idle.recv(1) == b""
    assert set(threading.enumerate()) == threads_before
    for url in (local.url, local.cdn_url):
        with pytest.raises(ConnectionRefusedError):
            connect(url)


def test_it_can_be_started_again_on_the_same_port() -> None:
    with LocalTwilio(port=0) as first:
        port = urlsplit(first.url).port or 0
        requests.get(f"{first.url}/samples/")
    with LocalTwilio(port=port) as second:
        assert second.url == first.url
        assert requests.get(f"{second.url}/samples/").status_code == 200


def test_a_taken_port_is_an_error_that_leaves_nothing_running() -> None:
    threads_before = set(threading.enumerate())
    with (
        socket.create_server(("127.0.0.1", 0)) as taken,
        pytest.raises(OSError, match="in use"),
    ):
        LocalTwilio(port=taken.getsockname()[1]).start()

    assert set(threading.enumerate()) == threads_before


@pytest.mark.parametrize(
    "headers",
    [
        {"Content-Length": str(2 * 1024 * 1024)},
        {"Content-Length": "many"},
        {"Transfer-Encoding": "chunked"},
    ],
)
def test_a_connection_is_closed_behind_a_body_that_was_not_read(headers: dict[str, str]) -> None:
    with LocalTwilio(port=0) as local, connect(local.url) as connection:
        lines = [f"POST {MESSAGES} HTTP/1.1", "Host: local", *map(": ".join, headers.items())]
        connection.sendall("\r\n".join([*lines, "", ""]).encode())
        answer = b"".join(iter(lambda: connection.recv(4096), b""))

    assert answer.startswith(b"HTTP/1.1 401 ")
    assert b"\r\nConnection: close\r\n" in answer


def test_it_logs_no_request(
    capfd: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    with LocalTwilio(port=0) as local:
        requests.post(local.url + MESSAGES, data={"Body": "secret"}, auth=(ACCOUNT_SID, "secret"))
        with connect(local.url) as connection:
            connection.sendall(b"secret nonsense\r\n\r\n")
            connection.recv(4096)

    assert "secret" not in "".join(capfd.readouterr()) + caplog.text


@pytest.mark.parametrize("port", ["", "many", "-1", "65536", "80.5"])
def test_an_unusable_port_setting_stops_the_start_with_its_name(
    monkeypatch: pytest.MonkeyPatch, port: str
) -> None:
    monkeypatch.setenv("LOCAL_TWILIO_PORT", port)

    with pytest.raises(SystemExit, match="LOCAL_TWILIO_PORT"):
        main()


def test_a_taken_port_stops_the_start_with_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        monkeypatch.setenv("LOCAL_TWILIO_PORT", str(taken.getsockname()[1]))
        with pytest.raises(SystemExit, match="Cannot listen on port"):
            main()
