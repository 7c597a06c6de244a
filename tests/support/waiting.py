"""Waiting for what happens in another process or thread."""

import time
from collections.abc import Callable

LONGEST_SECONDS = 30.0


def wait_until(happened: Callable[[], object], seconds: float = LONGEST_SECONDS) -> None:
    """Return as soon as `happened` returns something true; fail if it never does."""
    gives_up = time.monotonic() + seconds
    while not happened():
        assert time.monotonic() < gives_up, f"this did not happen within {seconds:g} s"
        time.sleep(0.01)
