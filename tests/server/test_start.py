"""How the server starts: its settings, the addresses it binds to, or one line why it cannot."""

import os
import socket
import subprocess
from urllib.parse import urlsplit

import pytest
import requests

from tests.support.servers import ROOT, RUN_HERE, free_port, procfile_command, running

PROCFILE = procfile_command()
FLASK_RUN = (RUN_HERE[0], "-m", "flask", "--app", "validator", "run")


@pytest.mark.parametrize(
    ("command", "settings", "start"),
    [
        (PROCFILE, {"VALIDATION_DEADLINE": "soon"}, "VALIDATION_DEADLINE: "),
        (PROCFILE, {"PORT": "many"}, "PORT: "),
        (PROCFILE, {"HTTPS_PROXY": "socks5://127.0.0.1"}, "HTTPS_PROXY: "),
        (RUN_HERE, {"PORT": "0"}, "PORT: "),
        (RUN_HERE, {"HTTPS_PROXY": "http://127.0.0.1:many"}, "HTTPS_PROXY: "),
        (FLASK_RUN, {}, "Serve this with gunicorn"),
    ],
    ids=["deadline", "port", "socks proxy", "port 0", "proxy's port", "flask run"],
)
def test_an_invalid_setting_or_server_aborts_the_start_with_one_line(
    command: tuple[str, ...], settings: dict[str, str], start: str
) -> None:
    environment = {**os.environ, "PORT": str(free_port()), **settings}
    ended = subprocess.run(
        command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=30, check=False
    )

    (line,) = ended.stderr.strip().splitlines()
    assert line.startswith(start)
    assert ended.returncode != 0
    assert ended.stdout == ""


def test_a_blank_port_is_loopback_and_keep_alive_is_longer_than_at_load_balancers() -> None:
    command = (*PROCFILE, "--check-config", "--print-config")
    environment = {**os.environ, "PORT": ""}
    printed = subprocess.check_output(command, cwd=ROOT, env=environment, text=True)

    settings = [" ".join(line.split()) for line in printed.splitlines()]
    assert "keepalive = 95" in settings
    assert any(line.startswith("bind = ['127.0.0.1:8000'") for line in settings)


@pytest.mark.parametrize("command", [PROCFILE, RUN_HERE], ids=["Procfile", "make run"])
def test_ipv6_and_ipv4_clients_are_served(command: tuple[str, ...]) -> None:
    with running(command, {"LOCAL_TWILIO_PORT": str(free_port())}) as server:
        port = urlsplit(server.url).port
        for host in ("127.0.0.1", "[::1]") if has_ipv6_loopback() else ("127.0.0.1",):
            metrics = requests.get(f"http://{host}:{port}/metrics", timeout=5)
            assert metrics.status_code == 200, "an IPv4-mapped address is a loopback address, too"


def has_ipv6_loopback() -> bool:
    try:
        socket.create_server(("::1", 0), family=socket.AF_INET6).close()
    except OSError:
        return False
    return True
