"""Run the service on this machine: `python -m validator`.

Unless TWILIO_ACCOUNT_SID is set, the local Twilio runs beside it, in Twilio's place.
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

from validator import guide
from validator.config import Settings
from validator.local_twilio import ACCOUNT_SID, AUTH_TOKEN, LocalTwilio
from validator.server.addresses import loopback

HOST = "127.0.0.1"
POLL_SECONDS = 0.05

# Runs a command, and ends it when standard input ends: with this process, even a killed one.
TIED_TO_US = ("sh", "-c", 'exec 3<&0; (read -r _ <&3; kill $$ 2>&-) & exec "$@"', "sh")
GUNICORN = (
    *(sys.executable, "-m", "gunicorn"),
    *("--config", str(Path(__file__).with_name("gunicorn_conf.py"))),
)


def main() -> int:
    """Serve until a signal; returns gunicorn's exit code."""
    # Until there is something to stop, Ctrl-C ends this process without a traceback.
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    # One worker is enough here, and once it answers, it heeds signals, too.
    os.environ.setdefault("WEB_CONCURRENCY", "1")
    exported = dict(os.environ)
    if not os.environ.get("TWILIO_ACCOUNT_SID"):
        _forget_twilio()
    settings = Settings.from_environment()
    if settings.own_credentials is not None:
        _require_free({"PORT": settings.port})
        return _serve(settings.port, guide.with_own_account(settings))
    _require_free({"PORT": settings.port, "LOCAL_TWILIO_PORT": settings.local_twilio_port})
    with LocalTwilio(settings.local_twilio_port) as twilio:
        os.environ |= {
            "TWILIO_API_URL": twilio.url,
            "TWILIO_ACCOUNT_SID": ACCOUNT_SID,
            "TWILIO_AUTH_TOKEN": AUTH_TOKEN,
        }
        return _serve(settings.port, guide.with_local_twilio(settings.port, twilio.url, exported))


def _forget_twilio() -> None:
    """Let no token, API key or region of another account disturb the local one."""
    for name in [name for name in os.environ if name.startswith("TWILIO_")]:
        del os.environ[name]


def _require_free(ports: Mapping[str, int]) -> None:
    """Exit with one line for each port that is not free."""
    if refusals := list(_refusals(ports)):
        sys.exit("\n".join(refusals))


def _refusals(ports: Mapping[str, int]) -> Iterator[str]:
    with ExitStack() as held:
        for name, port in ports.items():
            try:
                held.enter_context(socket.create_server((HOST, port)))
            except OSError as error:
                free = held.enter_context(socket.create_server((HOST, 0))).getsockname()[1]
                in_use = error.errno == errno.EADDRINUSE
                reason = (
                    "is taken" if in_use else f"cannot be used: {os.strerror(error.errno or 0)}"
                )
                yield f"{name}: port {port} {reason}. Try: make run {name}={free}"


def _serve(port: int, instructions: str) -> int:
    # A session of its own: Ctrl-C in the terminal would interrupt gunicorn's workers, too, which
    # then print tracebacks, and closing the terminal would let gunicorn reload and stay.
    binds = [f"--bind={address}" for address in loopback(port)]
    server = subprocess.Popen(
        [*TIED_TO_US, *GUNICORN, *binds],
        stdin=subprocess.PIPE,
        start_new_session=True,
    )
    for received in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        _pass_on(received, signal.SIGTERM, server)
    if _is_ready(server, f"http://{HOST}:{port}/healthz"):
        # Quicker than SIGTERM; but while gunicorn starts, it would print a traceback.
        _pass_on(signal.SIGINT, signal.SIGINT, server)
        print(instructions, flush=True)
    # Not `wait()`: a signal that comes just before it would be heeded only after it.
    while server.poll() is None:
        time.sleep(POLL_SECONDS)
    return server.returncode


def _pass_on(received: signal.Signals, sent: signal.Signals, to: subprocess.Popen[bytes]) -> None:
    """Let a signal stop the server, and Ctrl-C after it kill the server."""

    def stop(*_: object) -> None:
        signal.signal(signal.SIGINT, lambda *_: _kill(to))
        to.send_signal(sent)

    signal.signal(received, stop)


def _kill(server: subprocess.Popen[bytes]) -> None:
    if server.poll() is None:
        os.killpg(server.pid, signal.SIGKILL)
    sys.exit()


def _is_ready(server: subprocess.Popen[bytes], url: str) -> bool:
    """Wait for the server to answer, or to exit before it does."""
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
