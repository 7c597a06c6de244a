"""Tracebacks without secrets: types and places, without messages and local variables."""

from collections.abc import Iterator
from traceback import clear_frames, format_tb


def trail(error: BaseException) -> str:
    """Return the types and tracebacks of an exception and its causes, without their messages.

    Messages may quote signed media URLs and credentials.
    """
    lines = [
        f"{type(each).__name__}\n{''.join(format_tb(each.__traceback__))}" for each in _chain(error)
    ]
    return "caused by ".join(lines).rstrip()


def release(error: BaseException) -> None:
    """Clear the local variables in the tracebacks of an exception and its causes.

    A variable that refers to the exception makes a reference cycle, which keeps credentials and
    sockets in memory until the garbage collector runs.
    """
    for each in _chain(error):
        clear_frames(each.__traceback__)


def _chain(error: BaseException | None) -> Iterator[BaseException]:
    # Also the context of an exception that was raised `from None`.
    seen: list[BaseException] = []
    while error is not None and error not in seen:
        seen.append(error)
        yield error
        error = error.__cause__ or error.__context__
