"""The snippets of docs/operations.md work: systemd's unit, nginx with TLS, Prometheus."""

import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests
import yaml

from tests.server.commands import ended
from tests.server.connections import is_listening
from tests.support.accounts import ACCOUNT_SID, PLAYER
from tests.support.documents import DOCS, names, table
from tests.support.servers import ROOT, Server, free_port, procfile_command, running
from tests.support.submissions import Submission
from tests.support.upstream import Upstream, an_upstream
from tests.support.waiting import wait_until
from validator.challenge.verdict import Reason
from validator.web.problems import CODES

OPERATIONS = DOCS / "operations.md"
NGINX = shutil.which("nginx", path="/usr/sbin:/usr/bin:/usr/local/bin:/opt/homebrew/bin")
SYSTEMD_ANALYZE = shutil.which("systemd-analyze")
METRICS_TOKEN = "fake-metrics-token"
HTTP_PORT, HTTPS_PORT = free_port(), free_port()
HTTPS = f"https://localhost:{HTTPS_PORT}"
NGINX_CONF = """\
daemon off;
pid {folder}/pid;
error_log stderr;
events {{}}
http {{
    access_log off;
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
{snippet}
}}
"""


def snippet(language: str) -> str:
    """Return the one code block of a language."""
    (block,) = re.findall(rf"(?ms)^```{language}\n(.*?)^```$", OPERATIONS.read_text())
    return str(block)


@pytest.mark.skipif(SYSTEMD_ANALYZE is None, reason="needs systemd-analyze")
def test_systemd_analyze_accepts_the_unit_without_warnings(tmp_path: Path) -> None:
    assert SYSTEMD_ANALYZE
    gunicorn, *_ = procfile_command()
    unit = snippet("ini").replace("/opt/validator/.venv/bin/gunicorn", gunicorn)
    (tmp_path / "validator.service").write_text(unit)

    run = ended((SYSTEMD_ANALYZE, "verify", "--man=no", str(tmp_path / "validator.service")), {})

    assert (run.returncode, run.stdout + run.stderr) == (0, "")


def test_the_systemd_unit_runs_the_command_of_the_procfile() -> None:
    (start,) = re.findall(r"(?m)^ExecStart=(.*)$", snippet("ini"))
    command = start.replace("/opt/validator/.venv/bin/", "").replace("/opt/validator/", "")

    assert (ROOT / "Procfile").read_text() == f"web: {command}\n"


class Proxy(requests.Session):
    """A client of nginx in front of a server; it trusts the authority in `certificates`."""

    def __init__(self, certificates: Path, server: Server, twilio: Upstream) -> None:
        super().__init__()
        self.trust_env, self.verify = False, str(certificates)
        self.server, self.twilio = server, twilio

    def submit(self, sid: str, account_sid: str, headers: dict[str, str]) -> requests.Response:
        form = {"sid": sid, "accountSid": account_sid, "secret": PLAYER.password}
        return self.post(f"{HTTPS}/validate", data=form, headers=headers)


def in_test(folder: Path, server: Server) -> str:
    """Return the document's configuration of nginx with the ports and files of a test."""
    changes = {
        r"listen \[::\].*;": "",
        r"listen 443 ssl;": f"listen 127.0.0.1:{HTTPS_PORT} ssl;",
        r"listen 80;": f"listen 127.0.0.1:{HTTP_PORT};",
        r"/etc/ssl/\S+;": f"{folder}/server.pem;",
        r"127\.0\.0\.1:8000": server.url.removeprefix("http://"),
    }
    configuration = snippet("nginx")
    for documented, changed in changes.items():
        configuration, count = re.subn(documented, changed, configuration)
        assert count
    return NGINX_CONF.format(folder=folder, snippet=configuration)


@pytest.fixture(scope="module")
def proxy(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Proxy]:
    """Run the service behind nginx, as configured in the document but for ports and files."""
    if NGINX is None:
        pytest.skip("needs nginx")
    authority = pytest.importorskip("trustme").CA()
    folder = tmp_path_factory.mktemp("nginx")
    authority.cert_pem.write_to_path(folder / "authority.pem")
    certificate = authority.issue_cert("localhost")
    certificate.private_key_and_cert_chain_pem.write_to_path(folder / "server.pem")
    settings = {"TRUSTED_PROXIES": "1", "RATE_LIMIT": "1/hour", "METRICS_TOKEN": METRICS_TOKEN}
    with (
        an_upstream() as twilio,
        running(procfile_command(), {"TWILIO_API_URL": twilio.url, **settings}) as server,
    ):
        (folder / "nginx.conf").write_text(in_test(folder, server))
        nginx = subprocess.Popen((NGINX, "-p", str(folder), "-c", "nginx.conf", "-e", "stderr"))
        try:
            wait_until(lambda: is_listening(HTTP_PORT))
            yield Proxy(folder / "authority.pem", server, twilio)
        finally:
            nginx.terminate()
            nginx.wait(10)


def test_credentials_reach_the_service_through_nginx_over_https(proxy: Proxy) -> None:
    submission = Submission(proxy.twilio, 1)
    forged = {"X-Forwarded-Proto": "http", "X-Request-ID": "x"}
    verdict = proxy.submit(submission.sid, ACCOUNT_SID, forged).json()
    log = proxy.server.log()

    assert verdict["result"] == "pass"
    # nginx's own id, not the client's.
    assert re.fullmatch("[0-9a-f]{32}", verdict["request_id"])
    assert f"request={verdict['request_id']} sid={submission.sid} account=1111 result=pass" in log
    assert PLAYER.password not in log


def test_plain_http_is_redirected_to_https_by_nginx(proxy: Proxy) -> None:
    plain = proxy.post(f"http://localhost:{HTTP_PORT}/validate", allow_redirects=False)

    assert (plain.status_code, plain.headers["Location"]) == (308, "https://localhost/validate")


def test_a_forged_x_forwarded_for_does_not_escape_the_rate_limit_behind_nginx(proxy: Proxy) -> None:
    forged = [{"X-Forwarded-For": f"192.0.2.{number}"} for number in (1, 2)]
    responses = [proxy.submit("MM", "AC" + "2" * 32, headers) for headers in forged]

    assert [response.status_code for response in responses] == [200, 429]


def test_prometheus_needs_the_token_for_metrics_through_nginx(proxy: Proxy) -> None:
    (job,) = yaml.safe_load(snippet("yaml"))["scrape_configs"]
    assert (job["scheme"], list(job["authorization"])) == ("https", ["credentials_file"])
    token = {"Authorization": f"Bearer {METRICS_TOKEN}"}

    responses = [proxy.get(f"{HTTPS}/metrics", headers=headers) for headers in (token, {})]
    assert [response.status_code for response in responses] == [200, 404]


def test_the_document_explains_every_reason_and_code() -> None:
    explained = {name for first in ("reason", "code") for name in first_cells(f"`{first}` |")}

    assert explained >= {*Reason, *CODES}


def first_cells(heading: str) -> list[str]:
    """Return the names in the first column of a table."""
    return [name for row in table(OPERATIONS, heading) for name in names(row[0])]
