"""What becomes of a submission for each status and body that comes from Twilio or its media host.

Each may be sent by Twilio's API, its CDN (S3, CloudFront), or a firewall or proxy on the way.
"""

import pytest
from werkzeug.test import TestResponse

from tests.support.accounts import (
    MEDIA_LIST_PATH,
    MEDIA_PATH,
    MEDIA_SID,
    MESSAGE_PATH,
    MESSAGE_SID,
    PLAYER,
)
from tests.support.twilio_replies import NOT_FOUND, PNG, a_file, a_list, a_message_reply, a_redirect
from tests.support.upstream import Reply, Upstream
from validator import create_app
from validator.config import Settings

FILE_PATH = "/file"
PATHS = (MESSAGE_PATH, MEDIA_LIST_PATH, MEDIA_PATH, FILE_PATH)
SECRET = "fake-signature-that-nobody-may-see"

PASS = "pass"
NO_MESSAGE = "message_not_found"
NO_MEDIA = "no_media"
GONE = "media_unavailable"
WRONG_TYPE = "format_not_allowed"
PLAYERS_CREDENTIALS = "401 credentials_rejected"
NOT_UNDERSTOOD = "502 twilio_invalid_response"
BUSY = REFUSED_FOR_NOW = "503 twilio_busy"

HTML = {"Content-Type": "text/html; charset=utf-8"}
XML = {"Content-Type": "application/xml"}


@pytest.fixture(autouse=True)
def _passing_message(upstream: Upstream, cdn: Upstream) -> None:
    """A message whose four requests go well, until a test replies to one of them otherwise."""
    upstream.on(MESSAGE_PATH, a_message_reply())
    upstream.on(MEDIA_LIST_PATH, a_list(MEDIA_SID))
    cdn.on(FILE_PATH, a_file(Content_Type="image/png"))


def submit(twilio: Upstream) -> TestResponse:
    settings = Settings(twilio_api_url=twilio.url, patience_seconds=0, validation_deadline=5)
    auth = (PLAYER.username, PLAYER.password)
    client = create_app(settings).test_client()
    return client.post("/validate", data={"sid": MESSAGE_SID}, auth=auth)


def outcome_of(response: TestResponse) -> str:
    document = response.get_json()
    if response.status_code == 200:
        return str(document["reason"] or document["result"])
    return f"{response.status_code} {document['code']}"


def json_error(status: int, code: int) -> Reply:
    """Twilio's error, as it sends it for a message or a media list."""
    return Reply.json({"code": code, "message": SECRET, "status": status}, status)


def xml_error(status: int, code: int) -> Reply:
    """Twilio's error, as it sends it for a media file."""
    body = (
        "<?xml version='1.0' encoding='UTF-8'?>\n<TwilioResponse><RestException>"
        f"<Code>{code}</Code><Message>{SECRET}</Message><Status>{status}</Status>"
        "</RestException></TwilioResponse>"
    )
    return Reply(status, body.encode(), XML)


def s3_error(status: int, code: str, message: str) -> Reply:
    body = (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        f"<Error><Code>{code}</Code><Message>{message}</Message>"
        f"<RequestId>FAKE</RequestId><HostId>{SECRET}</HostId></Error>"
    )
    return Reply(status, body.encode(), XML)


def page(status: int) -> Reply:
    """A page such as firewalls, proxies and load balancers send."""
    body = f"<!DOCTYPE html><html><head><title>{status}</title></head>{SECRET}</html>"
    return Reply(status, body.encode(), HTML)


def rows(*replies: tuple[str, Reply, str]) -> pytest.MarkDecorator:
    """A table of why a reply is sent, the reply, and what becomes of the submission."""
    names = [f"{reply.status} {why}" for why, reply, _ in replies]
    values = [(reply, outcome) for _, reply, outcome in replies]
    return pytest.mark.parametrize(("reply", "outcome"), values, ids=names)


BY_A_BOX_ON_THE_WAY = (
    ("bad request, a firewall's page", page(400), NOT_UNDERSTOOD),
    ("a firewall's page", page(401), NOT_UNDERSTOOD),
    ("a firewall's empty body", Reply(401), NOT_UNDERSTOOD),
    ("an API gateway's JSON", Reply.json({"message": "Unauthorized"}, 401), NOT_UNDERSTOOD),
    ("a firewall's page", page(403), NOT_UNDERSTOOD),
    ("a firewall's empty body", Reply(403), NOT_UNDERSTOOD),
    ("an API gateway's JSON", Reply.json({"code": 403, "message": "no"}, 403), NOT_UNDERSTOOD),
    ("S3's error, which is not Twilio's", s3_error(403, "AccessDenied", ""), NOT_UNDERSTOOD),
    ("method not allowed, a firewall's page", page(405), NOT_UNDERSTOOD),
    ("a firewall's page", page(406), NOT_UNDERSTOOD),
    ("a proxy wants credentials", page(407), NOT_UNDERSTOOD),
    ("an idle connection ended", page(408), BUSY),
    ("a load balancer has no such host", page(421), BUSY),
    ("sent too early in the TLS handshake", Reply(425), BUSY),
    ("a law forbids it, a filter's page", page(451), NOT_UNDERSTOOD),
    ("too many requests", json_error(429, 20429), BUSY),
    ("too many requests, a firewall's page", page(429), BUSY),
    ("internal error", json_error(500, 20500), BUSY),
    ("not implemented, a proxy's page", page(501), BUSY),
    ("bad gateway, a load balancer's page", page(502), BUSY),
    ("unavailable", json_error(503, 20503), BUSY),
    ("unavailable, a load balancer's page", page(503), BUSY),
    ("gateway timeout, a load balancer's page", page(504), BUSY),
    ("a CDN's own status", page(520), BUSY),
)

BY_THE_JSON_API = (
    ("a login page", page(200), NOT_UNDERSTOOD),
    ("nothing", Reply(200), NOT_UNDERSTOOD),
    ("JSON of something else", Reply.json({"status": "ok"}), NOT_UNDERSTOOD),
    ("no content", Reply(204), NOT_UNDERSTOOD),
    ("a part", Reply(206, b"{", {"Content-Range": "bytes 0-0/900"}), NOT_UNDERSTOOD),
    ("a redirect, which the API never sends for JSON", a_redirect("/x", 302), NOT_UNDERSTOOD),
    ("a redirect to nowhere", Reply(302), NOT_UNDERSTOOD),
    ("not modified", Reply(304), NOT_UNDERSTOOD),
    ("malformed SID, in XML", xml_error(400, 20001), NOT_UNDERSTOOD),
    ("malformed SID", json_error(400, 20001), NOT_UNDERSTOOD),
    ("wrong credentials", json_error(401, 20003), PLAYERS_CREDENTIALS),
    ("wrong credentials, in XML", xml_error(401, 20003), PLAYERS_CREDENTIALS),
    ("account closed", json_error(403, 20403), PLAYERS_CREDENTIALS),
    ("account closed", json_error(403, 20003), PLAYERS_CREDENTIALS),
    ("test credentials", json_error(403, 20008), PLAYERS_CREDENTIALS),
    ("restricted API key", json_error(403, 70051), PLAYERS_CREDENTIALS),
    ("a proxy's page", page(404), NOT_UNDERSTOOD),
    ("a proxy's empty body", Reply(404), NOT_UNDERSTOOD),
    ("gone, which the API never sends", json_error(410, 20404), NOT_UNDERSTOOD),
    *BY_A_BOX_ON_THE_WAY,
)


@rows(
    ("the message", a_message_reply(), PASS),
    ("another account's, deleted or never there", NOT_FOUND, NO_MESSAGE),
    ("the same in XML", xml_error(404, 20404), NO_MESSAGE),
    *BY_THE_JSON_API,
)
def test_message_response(upstream: Upstream, reply: Reply, outcome: str) -> None:
    upstream.on(MESSAGE_PATH, reply)

    assert outcome_of(submit(upstream)) == outcome


@rows(
    ("the list", a_list(MEDIA_SID), PASS),
    ("an empty list", a_list(), NO_MEDIA),
    ("a message that never had media", NOT_FOUND, NO_MEDIA),
    *BY_THE_JSON_API,
)
def test_media_list_response(upstream: Upstream, reply: Reply, outcome: str) -> None:
    upstream.on(MEDIA_LIST_PATH, reply)

    assert outcome_of(submit(upstream)) == outcome


@rows(
    ("the file itself, without a redirect", a_file(Content_Type="image/png"), PASS),
    ("no content", Reply(204), NOT_UNDERSTOOD),
    ("a part of what was not asked for", Reply(206, PNG), NOT_UNDERSTOOD),
    ("a choice, which is no redirect", a_redirect("/x", 300), NOT_UNDERSTOOD),
    ("a redirect to nowhere", Reply(307), NOT_UNDERSTOOD),
    ("a redirect to a file of this machine", a_redirect("file:///x"), NOT_UNDERSTOOD),
    ("not modified", Reply(304), NOT_UNDERSTOOD),
    ("malformed SID", xml_error(400, 20001), NOT_UNDERSTOOD),
    ("wrong credentials", xml_error(401, 20003), PLAYERS_CREDENTIALS),
    ("wrong credentials, in JSON", json_error(401, 20003), PLAYERS_CREDENTIALS),
    ("account closed", xml_error(403, 20003), PLAYERS_CREDENTIALS),
    ("test credentials", xml_error(403, 20008), PLAYERS_CREDENTIALS),
    ("an API key that may not read media", xml_error(403, 70051), PLAYERS_CREDENTIALS),
    ("the file was deleted", xml_error(404, 20404), GONE),
    ("the file was deleted", Reply(404), GONE),
    ("a proxy's page", page(404), NOT_UNDERSTOOD),
    ("the file was deleted", Reply(410), GONE),
    ("a proxy's page", page(410), NOT_UNDERSTOOD),
    ("there is no such range, nor a file without one", Reply(416), NOT_UNDERSTOOD),
    *BY_A_BOX_ON_THE_WAY,
)
def test_media_redirect_response(upstream: Upstream, reply: Reply, outcome: str) -> None:
    upstream.on(MEDIA_PATH, reply)

    assert outcome_of(submit(upstream)) == outcome


@rows(
    ("the file", a_file(Content_Type="image/png"), PASS),
    ("a web page, sent in place of a picture when the message was", page(200), WRONG_TYPE),
    ("no content", Reply(204), NOT_UNDERSTOOD),
    ("a part of what was not asked for", Reply(206, PNG), NOT_UNDERSTOOD),
    ("a choice, which is no redirect", a_redirect("/x", 300), NOT_UNDERSTOOD),
    ("a redirect to nowhere", Reply(302), NOT_UNDERSTOOD),
    ("a redirect without end", a_redirect(FILE_PATH, 302), NOT_UNDERSTOOD),
    ("not modified", Reply(304), NOT_UNDERSTOOD),
    ("S3: credentials came along", s3_error(400, "InvalidArgument", "Only one"), REFUSED_FOR_NOW),
    ("S3: the token expired", s3_error(400, "ExpiredToken", "expired"), REFUSED_FOR_NOW),
    ("a login page", page(401), REFUSED_FOR_NOW),
    ("payment required", page(402), REFUSED_FOR_NOW),
    ("S3: no such file", s3_error(403, "NoSuchKey", "The key does not exist."), GONE),
    ("S3: no such file, and nobody may list", s3_error(403, "AccessDenied", "Access Denied"), GONE),
    ("S3: the URL expired", s3_error(403, "AccessDenied", "Request has expired"), REFUSED_FOR_NOW),
    ("S3: wrong signature", s3_error(403, "SignatureDoesNotMatch", "The sig"), REFUSED_FOR_NOW),
    ("S3: clocks differ", s3_error(403, "RequestTimeTooSkewed", "The diff"), REFUSED_FOR_NOW),
    ("S3: unknown key", s3_error(403, "InvalidAccessKeyId", "The AWS"), REFUSED_FOR_NOW),
    ("S3: account trouble", s3_error(403, "AllAccessDisabled", "All access"), REFUSED_FOR_NOW),
    ("CloudFront: no signature", s3_error(403, "MissingKey", "Missing Key-Pair"), REFUSED_FOR_NOW),
    ("CloudFront: request blocked", page(403), REFUSED_FOR_NOW),
    ("a firewall's empty body", Reply(403), REFUSED_FOR_NOW),
    ("a word about it in a page", Reply(403, b"<html>NoSuchKey</html>", HTML), REFUSED_FOR_NOW),
    ("S3: no such file", s3_error(404, "NoSuchKey", "The key does not exist."), GONE),
    ("a CDN's page for a missing file", page(404), GONE),
    ("the file was deleted", Reply(410), GONE),
    ("a firewall's page", page(405), REFUSED_FOR_NOW),
    ("a proxy wants credentials", page(407), REFUSED_FOR_NOW),
    ("an idle connection ended", page(408), BUSY),
    ("there is no such range, nor a file without one", Reply(416), NOT_UNDERSTOOD),
    ("a CDN has no such host", page(421), BUSY),
    ("sent too early in the TLS handshake", Reply(425), BUSY),
    ("too many requests", page(429), BUSY),
    ("a law forbids it, a filter's page", page(451), REFUSED_FOR_NOW),
    ("S3: internal error", s3_error(500, "InternalError", "We"), BUSY),
    ("a CDN cannot reach the bucket", page(502), BUSY),
    ("S3: slow down", s3_error(503, "SlowDown", "Please reduce your rate."), BUSY),
    ("gateway timeout", page(504), BUSY),
    ("a CDN's own status", page(520), BUSY),
)
def test_media_file_response(upstream: Upstream, cdn: Upstream, reply: Reply, outcome: str) -> None:
    cdn.on(FILE_PATH, reply)

    assert outcome_of(submit(upstream)) == outcome


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("status", [400, 401, 403, 404, 429, 503])
def test_no_error_body_is_shown_or_logged(
    upstream: Upstream, cdn: Upstream, caplog: pytest.LogCaptureFixture, path: str, status: int
) -> None:
    caplog.set_level("DEBUG")
    for error in (page(status), xml_error(status, 20003), s3_error(status, "Any", SECRET)):
        (cdn if path == FILE_PATH else upstream).on(path, error)

        assert SECRET not in submit(upstream).text
    assert SECRET not in caplog.text


@rows(
    ("without", Reply(429), "5"),
    ("with Retry-After", Reply(429, b"", {"Retry-After": "60"}), "60"),
    ("refused", page(403), "5"),
)
def test_retry_after_of_the_response(
    upstream: Upstream, cdn: Upstream, reply: Reply, outcome: str
) -> None:
    cdn.on(FILE_PATH, reply)

    response = submit(upstream)

    assert response.headers["Retry-After"] == outcome
    assert "Try the same SID again" in response.get_json()["detail"]
