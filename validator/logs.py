"""Where log lines go, and whose are kept out of them."""

import logging


def set_up() -> None:
    """Write our log lines to standard error, unless whoever runs the process said where to."""
    # It logs the addresses that it asks, and those of media are signed: who reads one can use it.
    logging.getLogger("urllib3").setLevel(logging.CRITICAL + 1)
    log = logging.getLogger("validator")
    log.setLevel(logging.INFO)
    if not log.hasHandlers():
        handler = logging.StreamHandler()
        handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(message)s"))
        log.addHandler(handler)
