"""The snippets of docs/operations.md work: systemd's unit, nginx with TLS, Prometheus."""

import re
import shlex
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import requests
import yaml

from tests.support.accounts import ACCOUNT_SID, PLAYER
from tests.support.servers import ROOT, Server, free_port, procfile_command, running
from tests.support.submissions import Submission
from tests.support.upstream import Upstream
from tests.support.waiting import wait_until
from validator.challenge.verdict import Reason
from validator.web.problems import CODES

OPERATIONS = (ROOT / "docs/operations.md").read_text()
NGINX = shutil.which("nginx", path="/usr/sbin:/usr/bin:/usr/local/bin:/opt/homebrew/bin")
SYSTEMD_ANALYZE = shutil.which("systemd-analyze")
OPEN_ACCOUNT = {"TWILIO_ACCOUNT_SID": ACCOUNT_SID, "TWILIO_AUTH_TOKEN": PLAYER.password}
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
    (block,) = re.findall(rf"^```{language}\n(.*?)^```$", OPERATIONS, re.DOTALL | re.MULTILINE)
    return str(block)


@pytest.mark.skipif(SYSTEMD_ANALYZE is None, reason="needs systemd-analyze")
def test_systemd_analyze_accepts_the_unit_without_warnings(tmp_path: Path) -> None:
    assert SYSTEMD_ANALYZE
    gunicorn, *_ = procfile_command()
    unit = snippet("ini").replace("/opt/validator/.venv/bin/gunicorn", gunicorn)
    (tmp_path / "validator.service").write_text(unit)

    command = (SYSTEMD_ANALYZE, "verify", "--man=no", str(tmp_path / "validator.service"))
    ended = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)

    assert (ended.returncode, ended.stdout + ended.stderr) == (0, "")


def test_the_systemd_unit_runs_the_command_of_the_procfile() -> None:
    (start,) = re.findall(r"^ExecStart=(.*)$", snippet("ini"), re.MULTILINE)
    program, *arguments = shlex.split(start.replace("/opt/validator/", f"{ROOT}/"))
    in_procfile = [str(ROOT / each) if "/" in each else each for each in procfile_command()[1:]]

    assert Path(program).name == "gunicorn"
    assert arguments == in_procfile


@dataclass(frozen=True)
class Proxy:
    """nginx in front of a server; `certificates` is the file with the authority to trust."""

    http: str
    https: str
    certificates: str
    server: Server

    def submit(self, data: dict[str, str], **request: Any) -> requests.Response:
        url = f"{self.https}/validate"
        return requests.post(url, data=data, verify=self.certificates, timeout=10, **request)


@contextmanager
def proxied(folder: Path, upstream: Upstream, settings: dict[str, str]) -> Iterator[Proxy]:
    """Run the service behind nginx, as configured in the document but for ports and files."""
    assert NGINX
    trustme = pytest.importorskip("trustme")
    authority = trustme.CA()
    authority.cert_pem.write_to_path(str(folder / "authority.pem"))
    certificate = authority.issue_cert("localhost")
    certificate.private_key_and_cert_chain_pem.write_to_path(str(folder / "server.pem"))
    http, https = free_port(), free_port()
    settings = {"TWILIO_API_URL": upstream.url, "TRUSTED_PROXIES": "1", **settings}
    with running(procfile_command(), settings) as server:
        changes = {
            r"listen \[::\].*;": "",
            r"listen 443 ssl;": f"listen 127.0.0.1:{https} ssl;",
            r"listen 80;": f"listen 127.0.0.1:{http};",
            r"/etc/ssl/\S+;": f"{folder}/server.pem;",
            r"127\.0\.0\.1:8000": server.url.removeprefix("http://"),
        }
        configuration = snippet("nginx")
        for ours, in_test in changes.items():
            configuration, count = re.subn(ours, in_test, configuration)
            assert count
        text = NGINX_CONF.format(folder=folder, snippet=configuration)
        (folder / "nginx.conf").write_text(text)
        nginx = subprocess.Popen((NGINX, "-p", str(folder), "-c", "nginx.conf", "-e", "stderr"))
        try:
            wait_until(lambda: _responds(f"http://localhost:{http}/"))
            urls = f"http://localhost:{http}", f"https://localhost:{https}"
            yield Proxy(*urls, str(folder / "authority.pem"), server)
        finally:
            nginx.terminate()
            nginx.wait(10)


def _responds(url: str) -> bool:
    with suppress(requests.ConnectionError):
        requests.get(url, timeout=5, allow_redirects=False)
        return True
    return False


@pytest.mark.skipif(NGINX is None, reason="needs nginx")
def test_credentials_reach_the_service_through_nginx_over_https(
    tmp_path: Path, upstream: Upstream
) -> None:
    submission = Submission(upstream, 1)
    form = {"sid": submission.sid, "accountSid": ACCOUNT_SID, "secret": PLAYER.password}
    with proxied(tmp_path, upstream, {}) as proxy:
        response = proxy.submit(form, headers={"X-Forwarded-Proto": "http", "X-Request-ID": "x"})
        plain = requests.post(f"{proxy.http}/validate", data=form, allow_redirects=False, timeout=5)
        log = proxy.server.log()

    verdict = response.json()
    assert verdict["result"] == "pass"
    # nginx's own id, not the client's.
    assert re.fullmatch("[0-9a-f]{32}", verdict["request_id"])
    assert f"request={verdict['request_id']} sid={submission.sid} account=1111 result=pass" in log
    assert PLAYER.password not in log
    assert (plain.status_code, plain.headers["Location"]) == (308, "https://localhost/validate")


@pytest.mark.skipif(NGINX is None, reason="needs nginx")
def test_a_forged_x_forwarded_for_does_not_escape_the_rate_limit_behind_nginx(
    tmp_path: Path, upstream: Upstream
) -> None:
    form = {"sid": "MM", **dict.fromkeys(("accountSid", "secret"), "")}
    with proxied(tmp_path, upstream, {**OPEN_ACCOUNT, "RATE_LIMIT": "1/hour"}) as proxy:
        forged = ({"X-Forwarded-For": f"192.0.2.{number}"} for number in (1, 2))
        first, second = (proxy.submit(form, headers=headers).status_code for headers in forged)

    assert (first, second) == (200, 429)


@pytest.mark.skipif(NGINX is None, reason="needs nginx")
def test_prometheus_needs_the_token_for_metrics_through_nginx(
    tmp_path: Path, upstream: Upstream
) -> None:
    (job,) = yaml.safe_load(snippet("yaml"))["scrape_configs"]
    assert (job["scheme"], list(job["authorization"])) == ("https", ["credentials_file"])
    token = {"Authorization": "Bearer fake-metrics-token"}
    with proxied(tmp_path, upstream, {"METRICS_TOKEN": "fake-metrics-token"}) as proxy:
        statuses = [
            requests.get(
                f"{proxy.https}/metrics", headers=headers, verify=proxy.certificates, timeout=5
            ).status_code
            for headers in (token, {})
        ]

    assert statuses == [200, 404]


@pytest.mark.parametrize("code", [*(reason.value for reason in Reason), *sorted(CODES)])
def test_the_document_explains_every_reason_and_code(code: str) -> None:
    _, _, complaints = OPERATIONS.partition("## When a player says that it is wrong")
    first_cells = re.findall(r"^\| (.*?) \|", complaints, re.MULTILINE)

    assert any(f"`{code}`" in cell for cell in first_cells)
