"""Certificates made for a test: an authority of its own, and what it has signed, as PEM files."""

from __future__ import annotations

from datetime import datetime, timezone
from pathlib import Path
from typing import NamedTuple

import trustme
from cryptography.hazmat.primitives import serialization

KEY_PASSWORD = "a long password"
LONG_AGO = datetime(2020, 1, 1, tzinfo=timezone.utc)


class Issued(NamedTuple):
    """A certificate and its key; `locked_file` is the key again, behind KEY_PASSWORD."""

    cert_file: str
    key_file: str
    locked_file: str


class Authority:
    """Signs certificates into a directory; two of them trust each other in nothing."""

    def __init__(self, directory: Path) -> None:
        directory.mkdir(parents=True, exist_ok=True)
        self._directory = directory
        self._ca = trustme.CA()
        self._count = 0
        self.ca_file = str(directory / "ca.pem")
        self._ca.cert_pem.write_to_path(self.ca_file)
        self.ca_data = self._ca.cert_pem.bytes().decode()

    def issue(self, *names: str, expired: bool = False) -> Issued:
        """A certificate for names and addresses, good for servers and for clients."""
        made = self._ca.issue_cert(*names, not_after=LONG_AGO if expired else None)
        self._count += 1
        stem = self._directory / f"{self._count}"
        cert, key, locked = (f"{stem}-{part}.pem" for part in ("cert", "key", "locked"))
        for pem in made.cert_chain_pems:
            pem.write_to_path(cert, append=True)
        made.private_key_pem.write_to_path(key)
        Path(locked).write_bytes(_lock(made.private_key_pem.bytes()))
        return Issued(cert, key, locked)


def _lock(pem: bytes) -> bytes:
    return serialization.load_pem_private_key(pem, None).private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.BestAvailableEncryption(KEY_PASSWORD.encode()),
    )
