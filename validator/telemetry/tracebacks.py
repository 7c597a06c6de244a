"""What is kept of a traceback: places, and neither messages nor local variables."""

from collections.abc import Iterator
from traceback import clear_frames, format_tb


def trail(error: BaseException) -> str:
    """The types of an exception and its causes, and where they were raised.

    Their messages are left out: URLs of media are signed, and requests carry credentials.
    """
    lines = [
        f"{type(each).__name__}\n{''.join(format_tb(each.__traceback__))}" for each in _chain(error)
    ]
    return "caused by ".join(lines).rstrip()


def release(error: BaseException) -> None:
    """Let go of the local variables of all that an exception and its causes have left.

    A variable that leads back to the exception makes a cycle, which keeps credentials and sockets
    in memory until the garbage collector comes.
    """
    for each in _chain(error):
        clear_frames(each.__traceback__)


def _chain(error: BaseException | None) -> Iterator[BaseException]:
    """An exception and what it was raised from or while handling; `from None` hides only that."""
    seen: list[BaseException] = []
    while error is not None and error not in seen:
        seen.append(error)
        yield error
        error = error.__cause__ or error.__context__
