"""An HTTP answer as it comes in: parsed by llhttp, and in time as a whole."""

from http.client import HTTPException, IncompleteRead, RemoteDisconnected
from math import inf
from socket import socket
from time import monotonic, sleep

from httptools import HttpParserError, HttpParserUpgrade, HttpResponseParser
from urllib3 import HTTPConnectionPool
from urllib3.connection import HTTPConnection

from validator.total_timeout import receive

MAX_HEAD_SIZE = 128 * 1024


class Response:
    """What a connection received; it has the attributes that urllib3's pool looks at and sets.

    Its headers have their names in lower case.
    Raises TimeoutError once the seconds for all of it are over, OSError where the connection
    breaks, and HTTPException for what is not HTTP, has no end of its head or ends early.
    """

    retries: object = None
    version_string = "HTTP/1.1"
    _pool: HTTPConnectionPool
    _connection: HTTPConnection

    def __init__(self, sock: socket, seconds: float) -> None:
        self._sock = sock
        self._ends = monotonic() + seconds
        self._parser = HttpResponseParser(self)
        # A control character in the value of a header says nothing against the answer.
        self._parser.set_dangerous_leniencies(lenient_headers=True)
        self._body = bytearray()
        self._received = self._taken = 0
        self._head_ended = self._ended = self._reusable = False
        self.status = 0
        self.headers: dict[str, str] = {}
        try:
            while not self._head_ended:
                self._receive()
        except BaseException:
            # It refers to this response, which nobody will close.
            del self._parser
            raise

    @property
    def length_remaining(self) -> float:
        """How many bytes of the body are yet to be received, as far as the head told."""
        if self._ended:
            return 0
        length = self.headers.get("content-length")
        return inf if length is None else int(length) - self._taken - len(self._body)

    def read(self, size: int) -> bytes:
        """The next `size` bytes of the body; fewer only at its end."""
        while len(self._body) < size and not self._ended:
            self._receive()
        part = bytes(self._body[:size])
        del self._body[:size]
        self._taken += len(part)
        return part

    def close(self) -> None:
        """Give the connection back to its pool, or end it where more may come over it."""
        del self._parser
        if self._ended and self._reusable:
            self._pool._put_conn(self._connection)
        else:
            self._connection.close()

    def _receive(self) -> None:
        if self._received:
            # Bytes that come without end would keep all other greenlets from running.
            sleep(0)
        data = receive(self._sock, self._ends)
        if not data:
            self._end_with_connection()
            return
        try:
            self._parser.feed_data(data)
        except (HttpParserError, HttpParserUpgrade) as error:
            if not self._ended:
                raise HTTPException("that is not HTTP") from error
            self._reusable = False
        self._received += len(data)
        if self._received > MAX_HEAD_SIZE and not self._head_ended:
            raise HTTPException("the head of the answer has no end")

    def _end_with_connection(self) -> None:
        """The end of a body whose length no header told."""
        if not self._head_ended:
            raise RemoteDisconnected("the connection ended before the answer")
        if "content-length" in self.headers or "transfer-encoding" in self.headers:
            raise IncompleteRead(b"")
        self._ended = True

    def on_message_begin(self) -> None:
        """Nobody asked for what follows the answer."""
        self._reusable = False

    def on_header(self, name: bytes, value: bytes) -> None:
        if not self._head_ended:
            key, text = name.decode("latin-1").lower(), value.decode("latin-1").strip()
            known = self.headers.get(key, text)
            self.headers[key] = text if known == text else f"{known}, {text}"

    def on_headers_complete(self) -> None:
        """A status below 200 only announces the answer."""
        if self._head_ended:
            return
        status = self._parser.get_status_code()
        if status < 200:
            self.headers.clear()
        else:
            self.status = status
            self._head_ended = True
            self._reusable = self._parser.should_keep_alive()

    def on_body(self, data: bytes) -> None:
        if not self._ended:
            self._body += data

    def on_message_complete(self) -> None:
        self._ended = self._head_ended
