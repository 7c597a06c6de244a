"""What can go wrong between this service and Twilio, or a host of its media."""


class UpstreamError(Exception):
    """Base of all errors that Twilio, a host of its media or the network is responsible for.

    `outcome` is how the metrics count the request.
    """

    outcome: str


class UnreachableError(UpstreamError):
    """No connection could be opened, or it broke before the response was complete."""

    outcome = "unreachable"


class BusyError(UpstreamError):
    """Status 429 or 5xx; `retry_after` is the host's own `Retry-After` in seconds, if any."""

    outcome = "busy"

    def __init__(self, retry_after: float | None = None) -> None:
        super().__init__()
        self.retry_after = retry_after


class CredentialsRefusedError(UpstreamError):
    """Twilio refused the credentials; `code` is Twilio's error code, if any."""

    outcome = "refused"

    def __init__(self, code: int | None = None) -> None:
        super().__init__()
        self.code = code


class InvalidResponseError(UpstreamError):
    """A response that no valid Twilio would send."""

    outcome = "invalid_response"


class MisdirectedResponseError(InvalidResponseError):
    """A valid response to another request than the one that was sent on its connection."""


class MediaRefusedError(UpstreamError):
    """The host of a media file refuses the request for it, for a reason that is not the file."""

    outcome = "refused"
    retry_after: float | None = None


class OutOfFilesError(Exception):
    """This process has no file descriptor left for a connection."""


class NotFoundError(Exception):
    """The message, its media list or the file does not exist, or does not exist yet."""
