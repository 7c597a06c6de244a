"""A response as it comes in, parsed by llhttp."""

from collections.abc import Callable
from math import inf

from gevent import sleep
from httptools import HttpParserError, HttpParserUpgrade, HttpResponseParser

from validator.upstream.http.connection import Connection

# Bytes in a row that add nothing to the body: the headers with all interim (1xx) responses
# before them, the trailers, the extensions of chunks.
MAX_OVERHEAD = 128 * 1024
# Up to here, reading an unwanted body to its end costs less than a new connection.
WORTH_FINISHING = 16 * 1024
SKIPPED_AT_ONCE = 64 * 1024


class Body:
    """The status, headers and body of the response to what was sent on a connection.

    Creating it waits for the headers. Raises ConnectionError where the connection breaks, and
    another OSError for what is not HTTP, has headers without end or ends early.
    """

    def __init__(self, connection: Connection, keep: Callable[[Connection], object]) -> None:
        self.status = 0
        self.headers: dict[str, str] = {}
        self._connection: Connection | None = connection
        self._keep = keep
        self._parser: HttpResponseParser | None = HttpResponseParser(self)
        # A control character in the value of a header does not make a response invalid.
        self._parser.set_dangerous_leniencies(lenient_headers=True)
        self._buffer = bytearray()
        self._taken = self._overhead = 0
        self._begun = self._has_headers = self._ended = self._reusable = False
        try:
            while not self._has_headers:
                self._receive()
        except BaseException:
            self.close()
            raise

    def read(self, size: int) -> bytes:
        """Return the next `size` bytes as they were sent; fewer only at the end of the body."""
        while len(self._buffer) < size and not self._ended:
            self._receive()
        part = bytes(self._buffer[:size])
        del self._buffer[:size]
        self._taken += len(part)
        return part

    def skip(self, size: int) -> None:
        """Pass over the next `size` bytes, or over all that is left."""
        while size > 0 and (passed := len(self.read(min(size, SKIPPED_AT_ONCE)))):
            size -= passed

    def release_conn(self) -> None:
        """Keep the connection for another request, if little of the body is left."""
        try:
            if self._left() <= WORTH_FINISHING:
                self.read(WORTH_FINISHING)
            if self._connection and self._ended and self._reusable:
                self._keep(self._connection)
                self._connection = None
        except OSError:
            # The part of the body that was wanted had been read.
            pass
        finally:
            self.close()

    def close(self) -> None:
        """Close the connection, unless it was released."""
        # The parser refers to this object: such a cycle would wait for the garbage collector.
        self._parser = None
        self._ended = True
        if self._connection:
            self._connection.close()
            self._connection = None

    def _left(self) -> float:
        """Return how many bytes of the body are not read yet, infinity where that is unknown."""
        if self._ended:
            return 0
        return float(self.headers.get("content-length", inf)) - self._taken

    def _receive(self) -> None:
        assert self._connection is not None
        assert self._parser is not None
        if self._begun:
            # A socket that always has bytes would keep all other greenlets from running.
            sleep(0)
        data = self._connection.receive()
        if not data:
            self._end_with_connection()
            return
        self._begun = True
        self._overhead += len(data)
        try:
            self._parser.feed_data(data)
        except (HttpParserError, HttpParserUpgrade) as error:
            self._reusable = False
            if not self._ended:
                raise OSError("not a valid HTTP response") from error
        if self._overhead > MAX_OVERHEAD:
            raise OSError("too many bytes that add nothing to the body")

    def _end_with_connection(self) -> None:
        """Accept the end of the connection as that of a body whose length no header told."""
        if not self._begun:
            raise ConnectionError("the connection was closed without a response")
        if not self._has_headers or self.headers.keys() & {"content-length", "transfer-encoding"}:
            raise OSError("the connection was closed before the end of the response")
        self._reusable = False
        self._ended = True

    # What follows is called by the parser.

    def on_message_begin(self) -> None:
        """Note that a response begins."""
        if self._ended:
            # A surplus response: whose it is cannot be told.
            self._reusable = False

    def on_header(self, name: bytes, value: bytes) -> None:
        """Keep a header; those of the same name are joined with commas (RFC 9110, 5.3)."""
        if self._has_headers:
            return
        key, text = name.decode("latin-1").lower(), value.decode("latin-1").strip()
        known = self.headers.get(key, text)
        self.headers[key] = text if known == text else f"{known}, {text}"

    def on_headers_complete(self) -> None:
        """Keep the status; one below 200 only announces the response."""
        if self._has_headers or self._parser is None:
            return
        status = self._parser.get_status_code()
        if status < 200:
            self.headers.clear()
            return
        self.status = status
        self._has_headers = True
        self._reusable = self._parser.should_keep_alive()

    def on_body(self, data: bytes) -> None:
        """Keep a part of the body."""
        if not self._ended:
            self._buffer += data
            self._overhead = 0

    def on_message_complete(self) -> None:
        """Note that the response has ended."""
        self._ended = self._has_headers
