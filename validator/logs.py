"""Where log lines go, and whose are kept out of them."""

import logging

log = logging.getLogger(__name__)


def set_up() -> None:
    """Write log lines to standard error, unless whoever runs the process has set up others."""
    logging.basicConfig(format="%(asctime)s %(levelname)s %(message)s")
    logging.getLogger("validator").setLevel(logging.INFO)
    # It logs the addresses that it asks, and those of media are signed: who reads one can use it.
    logging.getLogger("urllib3").setLevel(logging.CRITICAL + 1)


def warn_of_open_account() -> None:
    """Say at the start what an operator may not have meant."""
    log.warning(
        "VALIDATOR_TOKEN is not set: anyone who reaches this service may ask about the messages "
        "of TWILIO_ACCOUNT_SID"
    )
