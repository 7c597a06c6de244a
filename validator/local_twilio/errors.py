"""Errors as Twilio answers them: JSON where the path ends in .json, XML everywhere else.

The XML is Twilio's default format: https://www.twilio.com/docs/usage/twilios-response
"""

from xml.etree import ElementTree

from flask import Response, jsonify

DELIVERY_ERRORS = {
    11200: "HTTP retrieval failure",
    12300: "Invalid Content-Type",
    63015: "Channel Sandbox can only send messages to phone numbers that have joined the Sandbox",
    63016: "Outside messaging window. For WhatsApp, use a Message Template instead",
    63019: "Media failed to download",
    63034: "Media exceeds size limit",
}
"""The errors that a message meets after it was created: code -> Twilio's short message."""


class TwilioError(Exception):
    """A request refused with one of Twilio's codes: https://www.twilio.com/docs/api/errors."""

    def __init__(
        self, code: int, message: str, status: int = 400, detail: str | None = None
    ) -> None:
        super().__init__(code, message)
        self.code = code
        self.message = message
        self.status = status
        self.detail = detail


def not_found(path: str) -> TwilioError:
    """Error 20404, which also hides whose a resource is that exists in another account."""
    return TwilioError(20404, f"The requested resource {path} was not found", status=404)


def error_response(error: TwilioError, path: str) -> Response:
    """The answer to a refused request, in the format that its path asks for."""
    response = _json(error) if path.endswith(".json") else _xml(error)
    response.status_code = error.status
    if error.status == 401:
        response.headers["WWW-Authenticate"] = 'Basic realm="Twilio API"'
    return response


def xml_response(root: ElementTree.Element) -> Response:
    """An answer with this element as its body, and the content type that Twilio gives XML."""
    body = ElementTree.tostring(root, encoding="UTF-8", xml_declaration=True)
    return Response(body, content_type="application/xml")


def _json(error: TwilioError) -> Response:
    detail = {"detail": error.detail} if error.detail else {}
    return jsonify(
        code=error.code,
        message=error.message,
        more_info=_more_info(error),
        status=error.status,
        **detail,
    )


def _xml(error: TwilioError) -> Response:
    root = ElementTree.Element("TwilioResponse")
    exception = ElementTree.SubElement(root, "RestException")
    fields = {
        "Code": str(error.code),
        "Detail": error.detail,
        "Message": error.message,
        "MoreInfo": _more_info(error),
        "Status": str(error.status),
    }
    for name, text in fields.items():
        if text is not None:
            ElementTree.SubElement(exception, name).text = text
    return xml_response(root)


def _more_info(error: TwilioError) -> str:
    return f"https://www.twilio.com/docs/errors/{error.code}"
