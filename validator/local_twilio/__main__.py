"""Run the local Twilio by itself: `python -m validator.local_twilio`.

LOCAL_TWILIO_PORT moves it to another port than 8001. Ctrl-C stops it.
"""

import contextlib
import os
import sys
import threading

from validator.local_twilio import ACCOUNT_SID, AUTH_TOKEN, DEFAULT_PORT, LocalTwilio


def main() -> None:
    """Answer until interrupted; exits with one line where the port cannot be had."""
    port = _port(os.environ.get("LOCAL_TWILIO_PORT", str(DEFAULT_PORT)))
    local = LocalTwilio(port)
    try:
        local.start()
    except OSError as error:
        sys.exit(f"Cannot listen on port {port}: {error.strerror}")
    print(f"The local Twilio answers on {local.url}")
    print(f"Account SID {ACCOUNT_SID}, Auth Token {AUTH_TOKEN}")
    print(f"Samples to send: {local.url}/samples/", flush=True)
    with contextlib.suppress(KeyboardInterrupt):
        threading.Event().wait()
    local.stop()


def _port(text: str) -> int:
    if not (text.isdecimal() and int(text) <= 65535):
        sys.exit(f"LOCAL_TWILIO_PORT must be a port number, not {text!r}")
    return int(text)


if __name__ == "__main__":
    main()
