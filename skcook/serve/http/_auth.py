"""API keys."""

import base64
import binascii
import contextlib
import hashlib
import hmac
import os
from pathlib import Path

from flask import Request

from skcook.serve.http._errors import ProblemError

ENVIRONMENT = "SKCOOK_API_KEYS"


class KeyRing:
    """The keys that open the API; without any, it is open."""

    def __init__(self, path: Path | None, environment: str | None = None) -> None:
        self._path = path
        listed = os.environ.get(ENVIRONMENT, "") if environment is None else environment
        self._fixed = [_digest(key.strip()) for key in listed.split(",") if key.strip()]
        self._from_file: list[bytes] = []
        self._stamp: tuple[int, int] | None = None
        if path is not None:
            self._read(path)

    def _read(self, path: Path) -> None:
        status = path.stat()
        stamp = (status.st_mtime_ns, status.st_size)
        if stamp == self._stamp:
            return
        lines = (line.strip() for line in path.read_text(encoding="utf-8").splitlines())
        keys = [_digest(line) for line in lines if line and not line.startswith("#")]
        if not keys:
            raise ValueError("The file of API keys holds no key; write one per line.")
        self._from_file, self._stamp = keys, stamp

    @property
    def is_open(self) -> bool:
        """Whether no key is needed."""
        return self._path is None and not self._fixed

    def check(self, request: Request) -> None:
        """Refuse a request that has no valid key."""
        given = _key_of(request)
        if not given:
            # Told "Basic", a browser asks its user for a password: the key.
            scheme = "Basic" if request.accept_mimetypes.accept_html else "Bearer"
            raise ProblemError(
                "unauthorized",
                "Send a key in the header X-API-Key, or in Authorization: Bearer. "
                "In a browser, give the key as the password, with any name.",
                headers={"WWW-Authenticate": f'{scheme} realm="skcook"'},
            )
        if self._path is not None:
            # While a key file is being written, the keys that were there go on.
            with contextlib.suppress(OSError, ValueError):
                self._read(self._path)
        digest = _digest(given)
        # Every key is compared, in constant time, so that the time tells nothing.
        known = [hmac.compare_digest(digest, key) for key in (*self._fixed, *self._from_file)]
        if not any(known):
            raise ProblemError("forbidden", "The key is not known to this server.")


def _key_of(request: Request) -> str:
    if key := request.headers.get("X-API-Key", ""):
        return key
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() == "bearer":
        return token.strip()
    if scheme.lower() == "basic":
        try:
            return base64.b64decode(token, validate=True).decode("utf-8").partition(":")[2]
        except (binascii.Error, UnicodeDecodeError):
            return ""
    return ""


def _digest(key: str) -> bytes:
    return hashlib.sha256(key.encode("utf-8", "surrogatepass")).digest()
