"""Uncaught exceptions are logged by type and place, without secrets."""

import json
import sys

import pytest
import requests

from tests.server.commands import ended
from tests.support.leaks import WAYS
from tests.support.servers import procfile_command, running

SECRET = "planted-secret"


@pytest.mark.parametrize("log_format", ["text", "json"])
def test_an_uncaught_exception_is_logged_by_type_and_place_without_secrets(log_format: str) -> None:
    command = (sys.executable, "-m", "tests.support.leaks")
    run = ended(command, {"PLANTED_SECRET": SECRET, "LOG_FORMAT": log_format})

    assert SECRET not in run.stdout + run.stderr
    before, *reports = run.stderr.split("== ")
    assert before == ""
    assert [report.splitlines()[0] for report in reports] == list(WAYS)
    for report in reports:
        name, *lines = report.splitlines()
        assert "leaks.py" in report
        assert any(kind in report for kind in ("ValueError", "TypeError", "UserWarning"))
        if log_format == "json" and name != "in_a_log_line_that_does_not_fit":
            assert all(json.loads(line) for line in lines)


def test_an_error_handler_that_fails_is_a_500_without_secrets_in_gunicorns_log() -> None:
    command = (*procfile_command(), "tests.support.leaks:create_app()")
    with running(command, {"PLANTED_SECRET": SECRET}) as server:
        url, headers = f"{server.url}/{SECRET}?token={SECRET}", {"X-Request-ID": "request-7"}
        response = requests.get(url, headers=headers, timeout=5)
        log = server.log()

    assert response.status_code == 500
    assert response.headers["X-Request-ID"] == response.json()["request_id"] == "request-7"
    assert "request=request-7 " in log
    assert SECRET not in response.text + log
    assert "ValueError" in log
    assert "PlantedError" in log
    assert "leaks.py" in log
