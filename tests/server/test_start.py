"""How the server starts: its settings, the addresses it binds to, or one line why it cannot."""

import os
import re
import shutil
import socket
import sys
from pathlib import Path

import pytest
import requests

from tests.server.commands import ended
from tests.server.connections import port_of
from tests.support.servers import ROOT, RUN_HERE, free_port, procfile_command, running

PROCFILE = procfile_command()
FLASK_RUN = (RUN_HERE[0], "-m", "flask", "--app", "validator", "run")
FREE = str(free_port())
OLD_PYTHON = (
    """exec python3 -c 'import sys; sys.version_info = (3, 10, 13); exec(sys.argv[1])' "$2"\n"""
)
NO_VENV = """case "$2" in *ensurepip*) exit 1; esac; exec python3 "$@"\n"""
NO_NETWORK = f"""exec {sys.executable} "$@"\n"""


def has_ipv6_loopback() -> bool:
    try:
        socket.create_server(("::1", 0), family=socket.AF_INET6).close()
    except OSError:
        return False
    return True


LOOPBACK_HOSTS = ("127.0.0.1", "::1") if has_ipv6_loopback() else ("127.0.0.1",)


@pytest.mark.parametrize(
    ("command", "settings", "start"),
    [
        (PROCFILE, {"VALIDATION_DEADLINE": "soon"}, "VALIDATION_DEADLINE: "),
        (PROCFILE, {"PORT": "many"}, "PORT: "),
        (PROCFILE, {"HTTPS_PROXY": "socks5://127.0.0.1"}, "HTTPS_PROXY: "),
        (RUN_HERE, {"PORT": "0"}, "PORT: "),
        (RUN_HERE, {"LOCAL_TWILIO_PORT": FREE}, f"LOCAL_TWILIO_PORT: port {FREE} is taken. Try: "),
        (RUN_HERE, {"HTTPS_PROXY": "http://127.0.0.1:many"}, "HTTPS_PROXY: "),
        (FLASK_RUN, {}, "Serve this with gunicorn"),
    ],
    ids=["deadline", "port", "socks proxy", "port 0", "same port", "proxy's port", "flask run"],
)
def test_an_invalid_setting_or_server_aborts_the_start_with_one_line(
    command: tuple[str, ...], settings: dict[str, str], start: str
) -> None:
    run = ended(command, {"PORT": FREE, **settings})

    (line,) = run.stderr.splitlines()
    assert line.startswith(start)
    assert (run.returncode != 0, run.stdout) == (True, "")


@pytest.mark.parametrize("host", LOOPBACK_HOSTS)
def test_each_taken_port_is_one_line_with_a_free_one_to_try(host: str) -> None:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with (
        socket.create_server((host, 0), family=family) as first,
        socket.create_server((host, 0), family=family) as second,
    ):
        taken = {"PORT": first.getsockname()[1], "LOCAL_TWILIO_PORT": second.getsockname()[1]}
        run = ended(RUN_HERE, {name: str(port) for name, port in taken.items()})

    assert run.returncode != 0
    for line, (name, port) in zip(run.stderr.splitlines(), taken.items(), strict=True):
        assert re.fullmatch(rf"{name}: port {port} is taken. Try: make run {name}=\d+", line)


@pytest.mark.parametrize(
    ("python", "sentence"),
    [
        (OLD_PYTHON, "This needs Python 3.11 or newer; {} is 3.10.13. Try: make run PYTHON="),
        (NO_VENV, "{} cannot make virtual environments: on Debian, "),
        (NO_NETWORK, "pip cannot reach its package index: is there a network"),
    ],
    ids=["old", "without venv", "without network"],
)
def test_a_failed_installation_is_reported_in_one_line(
    tmp_path: Path, python: str, sentence: str
) -> None:
    program = tmp_path / "python"
    program.write_text(f"#!/bin/sh\n{python}")
    program.chmod(0o755)
    for name in ("Makefile", "requirements.txt"):
        shutil.copy(ROOT / name, tmp_path)
    no_index = {"PIP_INDEX_URL": "http://127.0.0.1:9", "PIP_EXTRA_INDEX_URL": ""}
    isolated = {**no_index, "PIP_CONFIG_FILE": os.devnull, "PIP_FIND_LINKS": ""}
    run = ended(("make", "--no-print-directory", "run", f"PYTHON={program}"), isolated, tmp_path)

    # The last line is make's own.
    line, _ = run.stderr.strip().splitlines()
    assert line.startswith(sentence.format(program))
    assert run.returncode == 2


def test_a_blank_port_is_loopback_and_keep_alive_is_longer_than_at_load_balancers() -> None:
    printed = ended((*PROCFILE, "--check-config", "--print-config"), {"PORT": ""}).stdout

    settings = [" ".join(line.split()) for line in printed.splitlines()]
    assert "keepalive = 95" in settings
    assert any(line.startswith("bind = ['127.0.0.1:8000'") for line in settings)


@pytest.mark.parametrize("command", [PROCFILE, RUN_HERE], ids=["Procfile", "make run"])
def test_ipv6_and_ipv4_clients_are_served(command: tuple[str, ...]) -> None:
    with running(command, {"LOCAL_TWILIO_PORT": str(free_port())}) as server:
        for host in LOOPBACK_HOSTS:
            authority = f"[{host}]" if ":" in host else host
            metrics = requests.get(f"http://{authority}:{port_of(server)}/metrics", timeout=5)
            assert metrics.status_code == 200, "an IPv4-mapped address is a loopback address, too"
