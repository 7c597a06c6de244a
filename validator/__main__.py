"""Run the service on this machine: `python -m validator`.

Unless TWILIO_ACCOUNT_SID is set, it starts the local Twilio, too, and uses it instead of Twilio.
"""

import errno
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from pathlib import Path
from urllib.request import ProxyHandler, build_opener

from validator import run_instructions
from validator.config import Settings
from validator.local_twilio import ACCOUNT_SID, AUTH_TOKEN, LocalTwilio
from validator.server.bind_addresses import loopback, loopback_hosts

HOST = "127.0.0.1"
POLL_SECONDS = 0.05

# Runs a command and terminates it at the end of standard input, which is a pipe from this process:
# the command ends even if this process is killed.
TERMINATE_WITH_PARENT = ("sh", "-c", 'exec 3<&0; (read -r _ <&3; kill $$ 2>&-) & exec "$@"', "sh")
GUNICORN = (
    *(sys.executable, "-m", "gunicorn"),
    *("--config", str(Path(__file__).with_name("gunicorn_conf.py"))),
)


def main() -> int:
    """Serve until SIGINT, SIGTERM or SIGHUP; return gunicorn's exit code."""
    # Before the server starts, Ctrl-C ends this process without a traceback.
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    # One worker is enough here, and once it responds to requests, it handles signals, too.
    os.environ.setdefault("WEB_CONCURRENCY", "1")
    exported = dict(os.environ)
    if not os.environ.get("TWILIO_ACCOUNT_SID"):
        _unset_twilio_variables()
    settings = Settings.from_environment()
    if settings.own_credentials is not None:
        _require_free_ports({"PORT": settings.port})
        return _serve(settings.port, run_instructions.with_own_account(settings))
    _require_free_ports({"PORT": settings.port, "LOCAL_TWILIO_PORT": settings.local_twilio_port})
    with LocalTwilio(settings.local_twilio_port) as twilio:
        os.environ |= {
            "TWILIO_API_URL": twilio.url,
            "TWILIO_ACCOUNT_SID": ACCOUNT_SID,
            "TWILIO_AUTH_TOKEN": AUTH_TOKEN,
        }
        printed = run_instructions.with_local_twilio(settings.port, twilio.url, exported)
        return _serve(settings.port, printed)


def _unset_twilio_variables() -> None:
    """Unset the credentials and region of any real account, which the local Twilio lacks."""
    for name in [name for name in os.environ if name.startswith("TWILIO_")]:
        del os.environ[name]


def _require_free_ports(ports: Mapping[str, int]) -> None:
    """Exit with one line for each port that is not available."""
    if errors := list(_port_errors(ports)):
        sys.exit("\n".join(errors))


def _port_errors(ports: Mapping[str, int]) -> Iterator[str]:
    with ExitStack() as listeners:
        for name, port in ports.items():
            try:
                for host in loopback_hosts():
                    listeners.enter_context(_listener(host, port))
            except OSError as error:
                free = listeners.enter_context(_listener(HOST, 0)).getsockname()[1]
                in_use = error.errno == errno.EADDRINUSE
                reason = (
                    "is taken" if in_use else f"cannot be used: {os.strerror(error.errno or 0)}"
                )
                yield f"{name}: port {port} {reason}. Try: make run {name}={free}"


def _listener(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    return socket.create_server((host, port), family=family)


def _serve(port: int, printed: str) -> int:
    # In a new session, gunicorn gets no signals from the terminal: on Ctrl-C its workers would
    # print tracebacks, and on SIGHUP it would reload instead of stopping.
    binds = [f"--bind={address}" for address in loopback(port)]
    server = subprocess.Popen(
        [*TERMINATE_WITH_PARENT, *GUNICORN, *binds],
        stdin=subprocess.PIPE,
        start_new_session=True,
    )
    for received in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        _forward(received, signal.SIGTERM, server)
    if _is_ready(server, f"http://{HOST}:{port}/healthz"):
        # Stops faster than SIGTERM, but prints a traceback while gunicorn is starting.
        _forward(signal.SIGINT, signal.SIGINT, server)
        print(printed, flush=True)
    in_terminal = os.isatty(0)
    # Not `wait()`, which would delay the handler of a signal that arrives just before it.
    while server.poll() is None:
        if in_terminal and not os.isatty(0):
            # Its window was closed. If make was started in place of a shell, only make got SIGHUP.
            in_terminal = False
            server.terminate()
        time.sleep(POLL_SECONDS)
    # Until gunicorn handles SIGTERM, it is ended by the signal.
    return 0 if server.returncode == -signal.SIGTERM else server.returncode


def _forward(received: signal.Signals, sent: signal.Signals, to: subprocess.Popen[bytes]) -> None:
    """On signal `received`, send `sent` to the server; after that, SIGINT kills the server."""

    def stop(*_: object) -> None:
        signal.signal(signal.SIGINT, lambda *_: _kill(to))
        to.send_signal(sent)

    signal.signal(received, stop)


def _kill(server: subprocess.Popen[bytes]) -> None:
    if server.poll() is None:
        os.killpg(server.pid, signal.SIGKILL)
    sys.exit()


def _is_ready(server: subprocess.Popen[bytes], url: str) -> bool:
    """Return true once the server responds, false if it exits before."""
    without_proxy = build_opener(ProxyHandler({}))
    while server.poll() is None:
        try:
            without_proxy.open(url, timeout=1).close()
        except OSError:
            time.sleep(POLL_SECONDS)
        else:
            return True
    return False


if __name__ == "__main__":
    sys.exit(main())
