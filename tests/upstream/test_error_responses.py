"""What becomes of a submission for each status and body that comes from Twilio or its media host.

Each may be sent by Twilio's API, its CDN (S3, CloudFront), or a firewall or proxy on the way.
"""

import pytest

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

SECRET = "fake-signature-that-nobody-may-see"
HTML = {"Content-Type": "text/html; charset=utf-8"}
XML = {"Content-Type": "application/xml"}
A_PNG = a_file(Content_Type="image/png")

PATHS = {"message": MESSAGE_PATH, "list": MEDIA_LIST_PATH, "redirect": MEDIA_PATH, "file": "/file"}
"""What the four requests of a submission fetch: the last one from another host."""

PASS = "pass"
NO_MESSAGE = "message_not_found"
NO_MEDIA = "no_media"
GONE = "media_unavailable"
EMPTY = WRONG_TYPE = "format_not_allowed"
LOGIN = "401 credentials_rejected"
INVALID = "502 twilio_invalid_response"
BUSY = REFUSED = "503 twilio_busy"


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


def s3_error(status: int, code: str, message: str = SECRET) -> Reply:
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


TO_ONE_REQUEST = (
    ("the message", "message", a_message_reply(), PASS),
    ("another account's, deleted or never there", "message", NOT_FOUND, NO_MESSAGE),
    ("the same in XML", "message", xml_error(404, 20404), NO_MESSAGE),
    ("the list", "list", a_list(MEDIA_SID), PASS),
    ("an empty list", "list", a_list(), NO_MEDIA),
    ("a message that never had media", "list", NOT_FOUND, NO_MEDIA),
    ("the same in XML", "list", xml_error(404, 20404), NO_MEDIA),
    ("the file itself, without a redirect", "redirect", A_PNG, PASS),
    ("the file was deleted", "redirect", xml_error(404, 20404), GONE),
    ("the file", "file", A_PNG, PASS),
)

# The outcome where it is the response for the message or the list, the redirect, and the file.
TO_ANY_REQUEST = (
    ("a login page, or a web page as the file", page(200), INVALID, WRONG_TYPE, WRONG_TYPE),
    ("nothing", Reply(200), INVALID, EMPTY, EMPTY),
    ("JSON of something else", Reply.json({"status": "ok"}), INVALID, INVALID, WRONG_TYPE),
    ("no content", Reply(204), INVALID, INVALID, INVALID),
    ("a part of what was not asked for", Reply(206, PNG), INVALID, INVALID, INVALID),
    ("a choice, which is no redirect", a_redirect("/file", 300), INVALID, INVALID, INVALID),
    ("a redirect to the file, or without end", a_redirect("/file", 301), INVALID, PASS, INVALID),
    ("a redirect to the file, or without end", a_redirect("/file", 302), INVALID, PASS, INVALID),
    ("a redirect to the file, or without end", a_redirect("/file", 303), INVALID, PASS, INVALID),
    ("a redirect to the file, or without end", a_redirect("/file", 307), INVALID, PASS, INVALID),
    ("a redirect to the file, or without end", a_redirect("/file", 308), INVALID, PASS, INVALID),
    ("a redirect to nowhere", Reply(302), INVALID, INVALID, INVALID),
    ("a redirect to a file of this machine", a_redirect("file:///x"), INVALID, INVALID, INVALID),
    ("not modified", Reply(304), INVALID, INVALID, INVALID),
    ("malformed SID", json_error(400, 20001), INVALID, INVALID, REFUSED),
    ("malformed SID, in XML", xml_error(400, 20001), INVALID, INVALID, REFUSED),
    ("bad request, a firewall's page", page(400), INVALID, INVALID, REFUSED),
    ("S3: credentials came along", s3_error(400, "InvalidArgument"), INVALID, INVALID, REFUSED),
    ("S3: the token expired", s3_error(400, "ExpiredToken"), INVALID, INVALID, REFUSED),
    ("wrong credentials", json_error(401, 20003), LOGIN, LOGIN, REFUSED),
    ("wrong credentials, in XML", xml_error(401, 20003), LOGIN, LOGIN, REFUSED),
    ("a firewall's page", page(401), INVALID, INVALID, REFUSED),
    ("a firewall's empty body", Reply(401), INVALID, INVALID, REFUSED),
    ("an API gateway's JSON", Reply.json({"message": "No"}, 401), INVALID, INVALID, REFUSED),
    ("payment required", page(402), INVALID, INVALID, REFUSED),
    ("account closed", json_error(403, 20403), LOGIN, LOGIN, REFUSED),
    ("account closed", json_error(403, 20003), LOGIN, LOGIN, REFUSED),
    ("account closed, in XML", xml_error(403, 20003), LOGIN, LOGIN, REFUSED),
    ("test credentials", json_error(403, 20008), LOGIN, LOGIN, REFUSED),
    ("test credentials, in XML", xml_error(403, 20008), LOGIN, LOGIN, REFUSED),
    ("restricted API key", json_error(403, 70051), LOGIN, LOGIN, REFUSED),
    ("restricted API key, in XML", xml_error(403, 70051), LOGIN, LOGIN, REFUSED),
    ("a firewall's page, or CloudFront's", page(403), INVALID, INVALID, REFUSED),
    ("a firewall's empty body", Reply(403), INVALID, INVALID, REFUSED),
    ("an API gateway's JSON", Reply.json({"code": 403}, 403), INVALID, INVALID, REFUSED),
    ("S3: no such file", s3_error(403, "NoSuchKey"), INVALID, INVALID, GONE),
    ("the same in a page", Reply(403, b"<html>NoSuchKey</html>", HTML), INVALID, INVALID, REFUSED),
    ("S3: none, or denied", s3_error(403, "AccessDenied", "Access Denied"), INVALID, INVALID, GONE),
    ("S3: the URL expired", s3_error(403, "AccessDenied", "Expired"), INVALID, INVALID, REFUSED),
    ("S3: wrong signature", s3_error(403, "SignatureDoesNotMatch"), INVALID, INVALID, REFUSED),
    ("S3: clocks differ", s3_error(403, "RequestTimeTooSkewed"), INVALID, INVALID, REFUSED),
    ("S3: unknown key", s3_error(403, "InvalidAccessKeyId"), INVALID, INVALID, REFUSED),
    ("S3: account trouble", s3_error(403, "AllAccessDisabled"), INVALID, INVALID, REFUSED),
    ("CloudFront: no signature", s3_error(403, "MissingKey"), INVALID, INVALID, REFUSED),
    ("a proxy's page, or a CDN's for no file", page(404), INVALID, INVALID, GONE),
    ("an empty body", Reply(404), INVALID, GONE, GONE),
    ("S3: no such file", s3_error(404, "NoSuchKey"), INVALID, GONE, GONE),
    ("method not allowed, a firewall's page", page(405), INVALID, INVALID, REFUSED),
    ("a firewall's page", page(406), INVALID, INVALID, REFUSED),
    ("a proxy wants credentials", page(407), INVALID, INVALID, REFUSED),
    ("an idle connection ended", page(408), BUSY, BUSY, BUSY),
    ("gone, which the API sends for files alone", json_error(410, 20404), INVALID, GONE, GONE),
    ("the file was deleted", Reply(410), INVALID, GONE, GONE),
    ("a proxy's page, or a CDN's for no file", page(410), INVALID, INVALID, GONE),
    ("there is no such range, nor a file without one", Reply(416), INVALID, INVALID, INVALID),
    ("a load balancer has no such host", page(421), BUSY, BUSY, BUSY),
    ("sent too early in the TLS handshake", Reply(425), BUSY, BUSY, BUSY),
    ("too many requests", json_error(429, 20429), BUSY, BUSY, BUSY),
    ("too many requests, a firewall's page", page(429), BUSY, BUSY, BUSY),
    ("a law forbids it, a filter's page", page(451), INVALID, INVALID, REFUSED),
    ("internal error", json_error(500, 20500), BUSY, BUSY, BUSY),
    ("S3: internal error", s3_error(500, "InternalError"), BUSY, BUSY, BUSY),
    ("not implemented, a proxy's page", page(501), BUSY, BUSY, BUSY),
    ("bad gateway, a load balancer's page", page(502), BUSY, BUSY, BUSY),
    ("unavailable", json_error(503, 20503), BUSY, BUSY, BUSY),
    ("unavailable, a load balancer's page", page(503), BUSY, BUSY, BUSY),
    ("S3: slow down", s3_error(503, "SlowDown"), BUSY, BUSY, BUSY),
    ("gateway timeout, a load balancer's page", page(504), BUSY, BUSY, BUSY),
    ("a CDN's own status", page(520), BUSY, BUSY, BUSY),
)
ROWS = [
    *TO_ONE_REQUEST,
    *(
        (why, request, reply, outcome)
        for why, reply, api, redirect, file in TO_ANY_REQUEST
        for request, outcome in zip(PATHS, (api, api, redirect, file), strict=True)
    ),
]


@pytest.mark.parametrize(
    ("request_", "reply", "outcome"),
    [row[1:] for row in ROWS],
    ids=[f"{request} {reply.status} {why}" for why, request, reply, _ in ROWS],
)
def test_response_decides_the_outcome_and_is_neither_shown_nor_logged(
    upstream: Upstream,
    cdn: Upstream,
    caplog: pytest.LogCaptureFixture,
    request_: str,
    reply: Reply,
    outcome: str,
) -> None:
    caplog.set_level("DEBUG")
    upstream.on(MESSAGE_PATH, a_message_reply())
    upstream.on(MEDIA_LIST_PATH, a_list(MEDIA_SID))
    for host in (upstream, cdn):
        host.on("/file", A_PNG)
    (cdn if request_ == "file" else upstream).on(PATHS[request_], reply)

    settings = Settings(twilio_api_url=upstream.url, patience_seconds=0, validation_deadline=5)
    client, auth = create_app(settings).test_client(), (PLAYER.username, PLAYER.password)
    response = client.post("/validate", data={"sid": MESSAGE_SID}, auth=auth)

    document = response.get_json()
    if response.status_code == 200:
        assert (document["reason"] or document["result"]) == outcome
    else:
        assert f"{response.status_code} {document['code']}" == outcome
    assert SECRET not in response.text + caplog.text
