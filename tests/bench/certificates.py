"""A temporary certificate authority, and a certificate for 127.0.0.1."""

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

NEW = ("openssl", "req", "-x509", "-newkey", "rsa:2048", "-noenc", "-days", "2")


@dataclass(frozen=True)
class Certificate:
    """PEM files: the authority to trust, and a server's certificate chain and key."""

    authority: Path
    chain: Path
    key: Path


@contextmanager
def certificate() -> Iterator[Certificate]:
    """Yield a certificate; its files are deleted at the end of the block."""
    with TemporaryDirectory() as folder:
        made = Certificate(*(Path(folder, name) for name in ("authority.pem", "chain.pem", "key")))
        authority_key = Path(folder, "authority.key")
        _openssl(
            *("-keyout", str(authority_key), "-out", str(made.authority)),
            *("-subj", "/CN=Authority of this run", "-addext", "keyUsage=critical,keyCertSign"),
        )
        _openssl(
            *("-keyout", str(made.key), "-out", str(made.chain)),
            *("-CA", str(made.authority), "-CAkey", str(authority_key)),
            *("-subj", "/CN=127.0.0.1", "-addext", "subjectAltName=IP:127.0.0.1"),
            *("-addext", "basicConstraints=critical,CA:FALSE"),
        )
        yield made


def _openssl(*arguments: str) -> None:
    subprocess.run([*NEW, *arguments], check=True, capture_output=True)
