"""The HTML page: the form for a Message SID, and the result above it."""

import re
import shlex
from collections.abc import Mapping
from typing import Any, NamedTuple

from flask import Flask, Response, render_template, request
from markupsafe import Markup, escape

from validator.challenge import formats
from validator.challenge.sids import is_whole_sid
from validator.config import Settings
from validator.upstream.credentials import ACCOUNT_SID, API_KEY_SID
from validator.web import https

POLICY = (
    "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; "
    "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)

# For browsers: with a Basic challenge they open their own dialog and do not show the page. A 401
# must have a challenge, and browsers ignore unknown schemes:
# https://www.rfc-editor.org/rfc/rfc9110#section-15.5.2
CHALLENGE = 'Form realm="Twilio account"'

TWILIO_PAGE = re.compile(r"https://www\.twilio\.com/[\w/-]+(?:\.[\w/-]+)*")


class Outcome(NamedTuple):
    """The heading of a result, and the CSS class for its tone."""

    tone: str
    heading: str


def register(app: Flask, settings: Settings) -> None:
    """Add the filter and the variables of the page's templates to the app."""
    app.jinja_env.filters["link_twilio"] = _link_twilio
    app.jinja_env.globals.update(
        allowed_formats=formats.allowed_formats(),
        account_needed=settings.own_credentials is None or settings.token is not None,
        is_private=https.is_private,
    )


def render(
    sid: str = "",
    verdict: Mapping[str, Any] | None = None,
    problem: Mapping[str, Any] | None = None,
) -> Response:
    """Return the page with a SID in the form; `verdict` and `problem` are the JSON documents."""
    html = render_template(
        "page.html",
        verdict=verdict,
        problem=problem,
        outcome=_outcome(verdict, problem),
        sid=sid,
        curl=_curl(sid),
    )
    response = Response(html)
    response.headers["Content-Security-Policy"] = POLICY
    response.vary.add("Accept")
    return response


def _outcome(
    verdict: Mapping[str, Any] | None, problem: Mapping[str, Any] | None
) -> Outcome | None:
    if problem is not None:
        needs_account = problem["code"] == "credentials_required"
        return Outcome("problem", "Account needed" if needs_account else "No verdict")
    if verdict is None:
        return None
    if verdict["retry"]:
        return Outcome("wait", "Not yet")
    return Outcome("pass", "Passed") if verdict["result"] == "pass" else Outcome("fail", "Failed")


def _curl(sid: str) -> str | None:
    """Return the submission as a curl command, without the secret; None if the SID is invalid."""
    if not is_whole_sid(sid):
        return None
    account_sid = _form_sid("accountSid", ACCOUNT_SID)
    key = _form_sid("apiKey", API_KEY_SID)
    command = ["curl"]
    if account_sid:
        command += ["-u", key or account_sid]
    if key:
        command += ["-d", f"accountSid={account_sid}"]
    scheme = "https" if https.is_https(request) else "http"
    url = f"{scheme}://{request.host}{request.script_root}/validate"
    return shlex.join([*command, "-d", f"sid={sid}", url])


def _form_sid(name: str, pattern: re.Pattern[str]) -> str:
    """Return the SID in a field of the form, "" unless it is valid."""
    value = request.form.get(name, "").strip()
    return value if pattern.fullmatch(value) else ""


def _link_twilio(text: str) -> Markup:
    """Return a text as HTML: URLs of Twilio's pages as links, everything else escaped."""
    link = Markup('<a href="{0}" target="_blank" rel="noreferrer">{0}</a>')
    parts: list[Markup] = []
    end = 0
    for found in TWILIO_PAGE.finditer(text):
        parts += [escape(text[end : found.start()]), link.format(found[0])]
        end = found.end()
    return Markup("").join([*parts, escape(text[end:])])
