"""Start and stop of the local Twilio: loopback only, no log, no threads left."""

import re
import socket
import threading
from urllib.parse import urlsplit

import pytest
import requests

from validator.local_twilio import ACCOUNT_SID, LocalTwilio

MESSAGES = f"/2010-04-01/Accounts/{ACCOUNT_SID}/Messages.json"


def connect(url: str) -> socket.socket:
    return socket.create_connection(("127.0.0.1", urlsplit(url).port or 0), timeout=5)


def test_it_listens_on_two_loopback_ports() -> None:
    with LocalTwilio(port=0) as local:
        assert re.fullmatch(r"http://127\.0\.0\.1:\d+", local.url)
        assert re.fullmatch(r"http://127\.0\.0\.1:\d+", local.cdn_url)
        assert local.url != local.cdn_url
        assert requests.get(local.url).status_code == 200
        assert requests.get(local.cdn_url).status_code == 404


def test_stopping_frees_the_ports_and_ends_every_thread() -> None:
    threads_before = set(threading.enumerate())
    with LocalTwilio(port=0) as local:
        requests.get(local.url)

    assert set(threading.enumerate()) == threads_before
    for url in (local.url, local.cdn_url):
        with pytest.raises(ConnectionRefusedError):
            connect(url)


def test_it_can_be_started_again_on_the_same_port() -> None:
    with LocalTwilio(port=0) as first:
        port = urlsplit(first.url).port or 0
        requests.get(f"{first.url}/")
    with LocalTwilio(port=port) as second:
        assert second.url == first.url
        assert requests.get(f"{second.url}/").status_code == 200


def test_a_port_in_use_raises_oserror_and_leaves_no_threads() -> None:
    threads_before = set(threading.enumerate())
    with (
        socket.create_server(("127.0.0.1", 0)) as taken,
        pytest.raises(OSError, match="in use"),
        LocalTwilio(port=taken.getsockname()[1]),
    ):
        pass

    assert set(threading.enumerate()) == threads_before


def test_it_logs_no_request(
    capfd: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    with LocalTwilio(port=0) as local:
        requests.post(local.url + MESSAGES, data={"Body": "secret"}, auth=(ACCOUNT_SID, "secret"))
        with connect(local.url) as connection:
            connection.sendall(b"secret nonsense\r\n\r\n")
            connection.recv(4096)

    assert "secret" not in "".join(capfd.readouterr()) + caplog.text
