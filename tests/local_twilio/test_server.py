"""Start and stop of the local Twilio: loopback only, no log, no threads left."""

import re
import socket
import threading
from urllib.parse import urlsplit

import pytest
import requests

from tests.local_twilio.api import MESSAGES
from validator.local_twilio import ACCOUNT_SID, LocalTwilio


def port_of(url: str) -> int:
    return urlsplit(url).port or 0


def connect(url: str, host: str = "127.0.0.1") -> socket.socket:
    return socket.create_connection((host, port_of(url)), timeout=5)


def test_the_api_and_the_cdn_listen_on_ports_of_loopback_only(local: LocalTwilio) -> None:
    assert requests.get(local.url).status_code == 200
    assert requests.get(local.cdn_url).status_code == 404
    assert local.url != local.cdn_url
    for url in (local.url, local.cdn_url):
        assert re.fullmatch(r"http://127\.0\.0\.1:\d+", url)
        # A server on all interfaces would accept connections to this address, too.
        with pytest.raises(OSError, match=r"refused|timed out|assign"):
            connect(url, "127.0.0.2")


def test_stopping_ends_every_thread_and_frees_the_ports() -> None:
    threads_before = set(threading.enumerate())
    with LocalTwilio(port=0) as stopped:
        requests.get(stopped.url)

    assert set(threading.enumerate()) <= threads_before
    for url in (stopped.url, stopped.cdn_url):
        with pytest.raises(ConnectionRefusedError):
            connect(url)
    with LocalTwilio(port=port_of(stopped.url)) as restarted:
        assert restarted.url == stopped.url


def test_a_port_in_use_raises_oserror_and_leaves_no_threads(local: LocalTwilio) -> None:
    threads_before = set(threading.enumerate())
    with pytest.raises(OSError, match="in use"), LocalTwilio(port=port_of(local.url)):
        pass

    assert set(threading.enumerate()) <= threads_before


def test_no_request_is_logged(
    local: LocalTwilio, capfd: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    requests.post(f"{local.url}{MESSAGES}.json", auth=(ACCOUNT_SID, "secret"))
    with connect(local.url) as connection:
        connection.sendall(b"secret nonsense\r\n\r\n")
        connection.recv(4096)

    assert "secret" not in "".join(capfd.readouterr()) + caplog.text
