"""Runs the service on this machine: `python -m validator`.

Without a Twilio account in the environment, the local Twilio runs beside it and answers in
Twilio's place.
"""

import os
import signal
import subprocess
import sys
from contextlib import ExitStack
from pathlib import Path

from validator.config import Settings
from validator.local_twilio import ACCOUNT_SID, AUTH_TOKEN, SANDBOX_SENDER, LocalTwilio

GUNICORN = (
    *(sys.executable, "-m", "gunicorn"),
    *("--config", str(Path(__file__).with_name("gunicorn_conf.py"))),
)

INVITATION = f"""\
Send a WhatsApp media message, as the challenge teaches:

  curl '{{twilio_url}}/2010-04-01/Accounts/{ACCOUNT_SID}/Messages.json' \\
    --data-urlencode 'From={SANDBOX_SENDER}' \\
    --data-urlencode 'To=whatsapp:+15005550006' \\
    --data-urlencode 'Body=Here is that picture of an owl you ordered.' \\
    --data-urlencode 'MediaUrl=https://demo.twilio.com/owl.png' \\
    -u '{ACCOUNT_SID}:{AUTH_TOKEN}'

Submit the SID in the answer, the one that begins with MM:

  curl -d sid=MM... localhost:{{port}}/validate
"""


def main() -> int:
    """Serve until a signal ends it; the exit code is gunicorn's."""
    settings = Settings.from_environment()
    with ExitStack() as beside:
        environment = dict(os.environ)
        if settings.own_credentials is None:
            twilio = LocalTwilio(settings.local_twilio_port)
            try:
                beside.enter_context(twilio)
            except OSError as error:
                sys.exit(f"LOCAL_TWILIO_PORT: cannot listen there: {error.strerror}")
            environment |= {
                "TWILIO_API_URL": twilio.url,
                "TWILIO_ACCOUNT_SID": ACCOUNT_SID,
                "TWILIO_AUTH_TOKEN": AUTH_TOKEN,
            }
            print(INVITATION.format(twilio_url=twilio.url, port=settings.port), flush=True)
        return _serve(settings.port, environment)


def _serve(port: int, environment: dict[str, str]) -> int:
    server = subprocess.Popen([*GUNICORN, "--bind", f"127.0.0.1:{port}"], env=environment)
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: server.terminate())
    return server.wait()


if __name__ == "__main__":
    sys.exit(main())
