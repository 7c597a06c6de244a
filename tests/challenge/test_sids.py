"""Message SIDs in pasted text, and hints for submissions without one."""

import json
import re
import time

import pytest

from tests.support.accounts import ACCOUNT_SID, MEDIA_SID
from validator.challenge.checks import check_sid
from validator.challenge.sid_hints import RESOURCES, for_sid
from validator.challenge.sids import read, showable
from validator.challenge.verdict import Reason

HEX = "0123456789abcdef" * 2
SID = f"MM{HEX}"
OTHER = "MM" + "c" * 32
SMS = f"SM{HEX}"
AUTH_TOKEN = "fedcba9876543210" * 2
API = "https://api.twilio.com/2010-04-01"

URIS = {"media": f"/2010-04-01/Accounts/{ACCOUNT_SID}/Messages/{SID}/Media"}
RESPONSE = json.dumps({"account_sid": ACCOUNT_SID, "sid": SID, "subresource_uris": URIS}, indent=2)
MEDIA_RESPONSE = json.dumps({"sid": MEDIA_SID, "parent_sid": SID, "account_sid": ACCOUNT_SID})


@pytest.mark.parametrize(
    "pasted",
    [
        SID,
        f" {SID}\r\n",
        f"\u201c{SID}\u201d",
        f"sid: {SID}",
        f'"sid": "{SID}",',
        f"My SID is {SID}, thanks!",
        f"短信{SID}",
        f"{SID} {SID}",
        f"\ufeff{SID}",
        f"MM\u200b{HEX[:9]}\u00ad{HEX[9:]}\u2060",
        f"MM {HEX}",
        f"{SID[:20]}\n{SID[20:]}",
        f"\x1b[200~{SID}\x1b[201~",
        RESPONSE,
        MEDIA_RESPONSE,
        f"{API}/Accounts/{ACCOUNT_SID}/Messages/{SID}/Media/{MEDIA_SID}?x=1",
        f"<Sid>{SID}</Sid><AccountSid>{ACCOUNT_SID}</AccountSid>",
        f"{SID} {AUTH_TOKEN}",
    ],
    ids=ascii,
)
def test_the_message_sid_is_read_where_there_is_exactly_one(pasted: str) -> None:
    assert read(pasted) == SID


@pytest.mark.parametrize(
    ("pasted", "sid"),
    [
        (RESPONSE.replace(SID, SMS), SMS),
        (f'"{ACCOUNT_SID}"', ACCOUNT_SID),
        (f"{ACCOUNT_SID}:{AUTH_TOKEN}", ACCOUNT_SID),
        (f"{API}/Accounts/{ACCOUNT_SID}/Messages.json", ACCOUNT_SID),
        (json.dumps({"account_sid": ACCOUNT_SID, "sid": MEDIA_SID}), MEDIA_SID),
    ],
)
def test_without_a_message_with_media_the_sid_of_another_resource_is_read(
    pasted: str, sid: str
) -> None:
    assert read(pasted) == sid
    assert check_sid(sid) is Reason.SID_NOT_MM


@pytest.mark.parametrize("blank", ["", " \n", "\u200b\ufeff", '""', "[],", "\u201c\u201d"])
def test_a_submission_without_a_letter_or_digit_is_blank(blank: str) -> None:
    assert read(blank) == ""
    assert hint_for(blank, Reason.SID_MISSING).startswith("The Message SID is missing.")


def hint_for(pasted: str, reason: Reason) -> str:
    """Return the hint for pasted text, which must fail for this reason."""
    submission = read(pasted)
    assert check_sid(submission) is reason
    return for_sid(reason, submission)


@pytest.mark.parametrize(
    ("pasted", "words"),
    [
        (SID[:-1], "each 0\u20139 or a\u2013f: 34 in all. Yours is 33 characters long. Copy the"),
        (f"{SID}{SID}", "Yours has “M” at position 35 and is 68 characters long."),
        ("MM", "Yours is 2 characters long."),
        (f'"sid": "{SID[:-2]}",', "Yours is 32 characters long."),
        (f"{SID[:9]} {SID[9:-1]}", "Yours is 33 characters long."),
        (f"{SID[:22]}g{SID[23:]}", "Yours has “g” at position 23."),
        (f"{SID[:22]}<{SID[23:]}", "Yours has a special character at position 23."),
        (f"{SID[:22]}\0{SID[23:]}", "Yours has an invisible character at position 23."),
        (f"{SID[:22]}\N{COMBINING ACUTE ACCENT}{SID[23:]}", "a special character at position 23."),
        (f"{SID[:22]}\N{ARABIC-INDIC DIGIT THREE}{SID[23:]}", "Yours has “\u0663” at position 23."),
        ("MM/../../Calls", "Yours has “/” at position 3 and is 14 characters long."),
        (f"sid: mM{HEX}", "Yours begins with mM instead of MM in capitals."),
        (SID.lower()[:-1], "begins with mm instead of MM in capitals and is 33 characters long."),
        ("MM" + "X" * 32, "That is a placeholder from an example"),
        ("MM...", "That is a placeholder from an example"),
        (f"{SID} {OTHER}", "You submitted more than one Message SID."),
        (f"{SID} {SMS}", "You submitted more than one Message SID."),
        ("whatsapp:+15005550006", "That is a phone number. A Message SID is MM and then"),
        ("+1 (500) 555-0006", "That is a phone number. A Message SID is MM and then"),
        (AUTH_TOKEN, "If it is your Auth Token or another secret, delete it"),
        ("xoxb-" + "1234567890ab-" * 3, "If it is your Auth Token or another secret, delete it"),
        ('{"code": 21211, "message": "Invalid \'To\'", "status": 400}', "docs/errors/21211 for"),
        ('{"status": 400, "message": "Invalid", "code": 63007}', "docs/errors/63007 for"),
        (ACCOUNT_SID[:-1], "A SID that begins with AC belongs to a Twilio account."),
        ("https://demo.twilio.com/owl.png", "There is no Message SID in what you submitted."),
        ("\N{CYRILLIC CAPITAL LETTER EM}" * 2 + HEX, "There is no Message SID in what"),
    ],
    ids=ascii,
)
def test_hint_says_what_is_wrong_with_a_sid_or_what_other_text_seems_to_be(
    pasted: str, words: str
) -> None:
    assert words in hint_for(pasted, Reason.SID_MALFORMED)


PREFIXES = ["AC", "CA", "CH", "HX", "IM", "ME", "MG", "PN", "SK", "SM", "ZZ"]


@pytest.mark.parametrize("prefix", PREFIXES)
def test_hint_names_the_resource_of_another_sid(prefix: str) -> None:
    hint = hint_for(f"{prefix}{HEX}", Reason.SID_NOT_MM)

    named = "something other than a message" if prefix == "ZZ" else RESOURCES[prefix]
    assert hint.startswith(f"A SID that begins with {prefix} belongs to {named}. The SID of a ")
    assert ("mediaUrl in JavaScript), then submit the value of sid" in hint) is (prefix == "SM")


@pytest.mark.parametrize(
    "secret",
    [AUTH_TOKEN, "aB3" * 11, "hunter2", "+15005550006", f"{ACCOUNT_SID}:{AUTH_TOKEN}", "x" * 9999],
)
@pytest.mark.parametrize("around", ["{}", '"{}"', "token: {}", "see https://{}@x.example/"])
def test_hints_do_not_quote_possible_secrets(secret: str, around: str) -> None:
    submission = read(around.format(secret))
    reason = check_sid(submission)
    assert reason is not None

    for shown in (for_sid(reason, submission), showable(submission)):
        assert secret not in shown
        assert AUTH_TOKEN not in shown
        assert not re.search(r"\d{7}", shown.replace(ACCOUNT_SID, ""))


@pytest.mark.parametrize(
    "text", [SID, SMS, ACCOUNT_SID, SID[:-1], SID.lower(), f"{SID}00", "MM", "MM\u2026"]
)
def test_a_sid_and_a_mistyped_one_may_be_shown(text: str) -> None:
    assert showable(text) == text


def test_reading_long_text_takes_linear_time() -> None:
    started = time.process_time()
    for text in ("MM" * 8000, "MM" + "a" * 16_000, '{"code' * 2000, "5 " * 8000, "sid MM" * 2500):
        assert len(hint_for(text, Reason.SID_MALFORMED)) < 600

    assert time.process_time() - started < 1.0
