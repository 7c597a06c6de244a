"""The log line of a server's start."""

import re
from pathlib import Path
from typing import Any

from tests.server.connections import port_of
from tests.support.servers import ROOT, procfile_command, running
from validator import __version__
from validator.config import Settings
from validator.telemetry.logs import start_line

OWN_ACCOUNT = {"TWILIO_ACCOUNT_SID": "AC" + "0" * 28 + "cafe", "TWILIO_AUTH_TOKEN": "fake-token"}
OWN = {name.lower(): value for name, value in OWN_ACCOUNT.items()}


def line_of(**settings: Any) -> str:
    return str(start_line(Settings(**settings), "1.2.3", ["http://[::]:80"], 2, validations=50))


def test_the_start_line_has_version_addresses_account_and_limits() -> None:
    assert line_of() == (
        "started=1.2.3 listening=http://[::]:80 twilio=https://api.twilio.com account=- "
        'open_to_all=false rate_limit=120/minute counted_in="each worker" trusted_proxies=0 '
        "deadline_seconds=10.0 patience_seconds=4.0 workers=2 validations=50"
    )


def test_the_start_line_in_the_operations_document_has_the_logged_fields() -> None:
    document = (ROOT / "docs/operations.md").read_text()
    (line,) = re.findall(r"INFO (started=.*)", document)
    names = [re.findall(r"(?:^| )([a-z_]+)=", each) for each in (line, line_of())]

    assert names[0][: len(names[1]) - 1] == names[1][:-1]


def test_the_start_line_has_the_last_four_of_the_account_sid_and_no_secret() -> None:
    redis = "redis://:fake-password@host:1/0"
    line = line_of(**OWN, validator_token="fake-bearer", redis_url=redis)

    assert " account=cafe open_to_all=false " in line
    assert " counted_in=redis " in line
    assert not re.search("0000cafe|fake-token|fake-bearer|fake-password", line)


def test_the_start_line_shows_an_open_account_and_no_rate_limit() -> None:
    assert " open_to_all=true rate_limit=- " in line_of(**OWN, ratelimit_enabled=False)


def test_a_server_of_several_workers_in_any_directory_logs_its_start_once(tmp_path: Path) -> None:
    # A package of the same name, which must not be imported.
    (tmp_path / "validator.py").write_text("raise ImportError('not this one')")
    program, option, config = procfile_command()
    command = ("env", "-C", str(tmp_path), program, option, str(ROOT / config))
    with running(command, {**OWN_ACCOUNT, "WEB_CONCURRENCY": "2"}) as server:
        log = server.log()

    (line,) = re.findall(r"INFO started=.*", log)
    assert line.startswith(f"INFO started={__version__} listening=http://")
    assert f":{port_of(server)} " in line
    assert " account=cafe " in line
    assert " workers=2 " in line
    assert "MonkeyPatchWarning" not in log
    assert not [secret for secret in OWN_ACCOUNT.values() if secret in log]
