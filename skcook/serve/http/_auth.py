"""API keys."""

import base64
import binascii
import hashlib
import hmac
import logging
import os
import re
from collections.abc import Callable, Iterable
from pathlib import Path

from flask import Request

from skcook.serve.http._errors import ProblemError

ENVIRONMENT = "SKCOOK_API_KEYS"


LOGGER = logging.getLogger("skcook.serve")

_NAMED = re.compile(r"([A-Za-z0-9_.@ -]{1,64}):(.+)")


class KeyRing:
    """The keys that open the API; without any, it is open.

    ``count`` is told the outcome of each reading of the file after the first.
    """

    def __init__(
        self,
        path: str | Path | None,
        environment: str | None = None,
        count: Callable[[str], None] | None = None,
    ) -> None:
        self._path = None if path is None else Path(path)
        self._count = count
        listed = os.environ.get(ENVIRONMENT, "") if environment is None else environment
        self._fixed = _read_keys(listed.split(","))
        self._from_file: dict[bytes, str] = {}
        self._stamp: tuple[int, int] | None = None
        if self._path is not None:
            self._stamp = _stamp(self._path)
            self._from_file = _read_keys(self._path.read_text(encoding="utf-8").splitlines())
            if not self._from_file:
                raise ValueError("The file of API keys holds no key; write one per line.")

    def _refresh(self, path: Path) -> None:
        """Read the file if it changed. Without one, or without a key in it, no key is valid."""
        try:
            stamp = _stamp(path)
            if stamp == self._stamp:
                return
            keys = _read_keys(path.read_text(encoding="utf-8").splitlines())
        except (OSError, ValueError) as exc:
            if self._stamp is not None or self._from_file:
                LOGGER.error("key file lost", extra={"fields": {"reason": type(exc).__name__}})
                self._tell("lost")
            self._from_file, self._stamp = {}, None
            return
        self._from_file, self._stamp = keys, stamp
        LOGGER.info("key file read", extra={"fields": {"keys": len(keys)}})
        if not keys:
            LOGGER.error("key file holds no key", extra={"fields": {"keys": 0}})
        self._tell("read" if keys else "empty")

    def _tell(self, outcome: str) -> None:
        if self._count is not None:
            self._count(outcome)

    @property
    def is_open(self) -> bool:
        """Whether no key is needed."""
        return self._path is None and not self._fixed

    def check(self, request: Request) -> str:
        """Refuse a request that has no valid key; return the name of the one that it has."""
        given = key_of(
            request.headers.get("X-API-Key", ""), request.headers.get("Authorization", "")
        )
        if not given:
            # Told "Basic", a browser asks its user for a password: the key.
            scheme = "Basic" if request.accept_mimetypes.accept_html else "Bearer"
            raise ProblemError(
                "unauthorized",
                "Send a key in the header X-API-Key, or in Authorization: Bearer. "
                "In a browser, give the key as the password, with any name.",
                headers={"WWW-Authenticate": f'{scheme} realm="skcook"'},
            )
        name = self.name_of(given)
        if name is None:
            raise ProblemError("forbidden", "The key is not known to this server.")
        return name

    def name_of(self, given: str) -> str | None:
        """Return the name of a key; None if it is not valid."""
        if self._path is not None:
            self._refresh(self._path)
        digest = _digest(given)
        # Every key is compared, in constant time, so that the time tells nothing.
        found = [
            name
            for keys in (self._fixed, self._from_file)
            for known, name in keys.items()
            if hmac.compare_digest(digest, known)
        ]
        return found[0] if found else None


def _stamp(path: Path) -> tuple[int, int]:
    status = path.stat()
    return status.st_mtime_ns, status.st_size


def _read_keys(lines: Iterable[str]) -> dict[bytes, str]:
    """Return the digests of keys and their names; a key without one is called by its place."""
    found: dict[bytes, str] = {}
    for line in map(str.strip, lines):
        if not line or line.startswith("#"):
            continue
        named = _NAMED.fullmatch(line)
        name, key = (named[1].strip(), named[2].strip()) if named else ("", line)
        found[_digest(key)] = name or f"key {len(found) + 1}"
    return found


def key_of(api_key: str, authorization: str) -> str:
    """Return the key that the headers X-API-Key and Authorization give; "" if they give none."""
    if api_key:
        return api_key
    scheme, _, token = authorization.partition(" ")
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
