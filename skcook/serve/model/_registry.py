"""The models of a server: names, versions, and newer files taking the place of older ones."""

import ctypes
import logging
import re
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from skcook import artifacts
from skcook.artifacts.file._members import name_of, place_of
from skcook.exceptions import ArtifactError
from skcook.serve._config import ServeConfig
from skcook.serve.model._refusals import ClosedError, UnknownModelError
from skcook.serve.model._service import ModelService
from skcook.serve.model._serving_metrics import Metrics

LOGGER = logging.getLogger("skcook.serve")

# Names end up in addresses.
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")

Stamp = tuple[int, int, int]


@dataclass(frozen=True)
class Source:
    """Where a model comes from."""

    name: str | None = None
    path: Path | str | None = None
    artifact: Any = None


def sources_of(model: Any) -> list[Source]:
    """Return the sources that a user means."""
    if isinstance(model, Mapping):
        found = [_source(item, str(name)) for name, item in model.items()]
    elif isinstance(model, Sequence) and not isinstance(model, (str, bytes)):
        found = [_source(item, None) for item in model]
    else:
        found = [_source(model, None)]
    if not found:
        raise ValueError("There is no model to serve; give at least one.")
    return found


def _source(item: Any, name: str | None) -> Source:
    if isinstance(item, Source):
        return item
    if isinstance(item, (str, Path)):
        place = place_of(item)
        return Source(name or Path(name_of(place)).stem, place)
    if hasattr(item, "schema") and hasattr(item, "manifest"):
        return Source(name, artifact=item)
    return Source(name or "model", artifact=artifacts.wrap(item))


class Registry:
    """The models being served, by name and version."""

    def __init__(self, sources: list[Source], config: ServeConfig, metrics: Metrics) -> None:
        self._config, self._metrics = config, metrics
        self._lock = threading.Lock()
        # Of each name, the newest version first.
        self._services: dict[str, dict[str, ModelService]] = {}
        self._watched: list[tuple[Source, Stamp, str, str]] = []
        self._watcher: threading.Thread | None = None
        self._stop = threading.Event()
        for source in sources:
            stamp = _stamp(source.path)
            begun = time.perf_counter()
            service = self._load(source)
            # Whoever waits for a server of many models sees how far it is.
            facts = {
                "model": service.name,
                "version": service.version,
                "seconds": round(time.perf_counter() - begun, 3),
            }
            LOGGER.info("model loaded", extra={"fields": facts})
            versions = self._services.setdefault(service.name, {})
            if service.version in versions:
                raise ValueError(
                    f"Two models are called {service.name!r} with version {service.version!r}. "
                    "Give one another name: NAME=FILE."
                )
            versions[service.version] = service
            self._services[service.name] = _newest_first(versions)
            if source.path is not None and stamp is not None:
                self._watched.append((source, stamp, service.name, service.version))

    def _load(self, source: Source) -> ModelService:
        artifact = source.artifact
        if source.path is not None:
            config = self._config
            try:
                artifact = artifacts.read(
                    source.path,
                    trusted=config.trusted,
                    allow_pickle=config.allow_pickle,
                    verify_key=config.verify_key,
                )
            except ArtifactError as exc:
                file = name_of(source.path)
                if file in str(exc):
                    raise
                raise ArtifactError(f"{file}: {exc}") from exc
        name = artifact.name or "model" if source.name is None else source.name
        if not _NAME.fullmatch(name):
            raise ValueError(
                f"{name!r} cannot be part of an address. Give the model another name, of letters, "
                "digits, dots, hyphens and underscores: NAME=FILE."
            )
        version = str(artifact.version)

        def observe(method: str, requests: int, rows: int) -> None:
            self._metrics.batch(name, version, method, requests, rows)

        service = ModelService(artifact, self._config, name=name, observe=observe)
        try:
            service.warm_up()
        except Exception:
            # It may still work for other rows, so it is served; whoever runs the server must know.
            LOGGER.exception(
                "the model fails on its own example", extra={"fields": {"model": name}}
            )
        _return_memory()
        return service

    def names(self) -> list[str]:
        """Return the names of all models."""
        return list(self._services)

    def versions(self, name: str) -> list[str]:
        """Return the versions of a model, the one that was saved last first."""
        return list(self._services[name])

    def services(self) -> list[ModelService]:
        """Return all models in all versions, the newest version of each first."""
        return [
            service for versions in list(self._services.values()) for service in versions.values()
        ]

    def get(self, name: str | None = None, version: str | None = None) -> ModelService:
        """Return a model."""
        if name is None:
            name = self.names()[0]
        if name not in self._services:
            raise UnknownModelError(f"The models here are {', '.join(self.names())}.", self.names())
        versions = self._services[name]
        if version is None:
            return next(iter(versions.values()))
        if version not in versions:
            raise UnknownModelError(
                f"The versions of {name} here are {', '.join(versions)}.", list(versions)
            )
        return versions[version]

    def single_threaded(self) -> bool:
        """Tell whether no model uses several threads: those gain from keeping to one CPU."""
        return not any(service.uses_threads for service in self.services())

    @contextmanager
    def use(self, name: str | None = None, version: str | None = None) -> Iterator[ModelService]:
        """Hold a model while a request uses it, so that a newer file cannot close it meanwhile."""
        self._ensure_watcher()
        service = self.get(name, version)
        while not service.enter():
            if self._stop.is_set():
                raise ClosedError
            service = self.get(name, version)
        try:
            yield service
        finally:
            service.leave()

    def refresh(self) -> int:
        """Read the files that changed."""
        replaced = 0
        for position, (source, before, name, version) in enumerate(self._watched):
            stamp = _stamp(source.path)
            if stamp is None or stamp == before:
                continue
            try:
                service = self._load(source)
                self._check_version(service, name, version)
            except Exception as exc:  # noqa: BLE001 - whatever it is, the other models go on
                # The text of an exception that was not foreseen may hold anything.
                foreseen = isinstance(exc, (ArtifactError, OSError, ValueError, ImportError))
                reason = str(exc) if foreseen else type(exc).__name__
                LOGGER.error("reload failed", extra={"fields": {"model": name, "reason": reason}})
                self._metrics.reload(name, "failed")
                self._watched[position] = (source, stamp, name, version)
                continue
            with self._lock:
                versions = dict(self._services[name])
                old = versions.pop(version)
                versions[service.version] = service
                self._services[name] = _newest_first(versions)
            self._watched[position] = (source, stamp, name, service.version)
            old.retire()
            self._metrics.reload(name, "replaced")
            LOGGER.info(
                "model replaced",
                extra={"fields": {"model": name, "from": version, "to": service.version}},
            )
            replaced += 1
        return replaced

    def _check_version(self, service: ModelService, name: str, replaced: str) -> None:
        if service.version != replaced and service.version in self._services[name]:
            raise ValueError(
                f"version {service.version!r} of {name!r} is served from another file already"
            )

    def _ensure_watcher(self) -> None:
        # Started by the first request, not before: a server may fork after it made the application.
        if self._watcher is not None and self._watcher.is_alive():
            return
        if not self._watched or not self._config.reload_interval or self._stop.is_set():
            return
        with self._lock:
            if self._watcher is None or not self._watcher.is_alive():
                self._watcher = threading.Thread(target=self._watch, name="reload", daemon=True)
                self._watcher.start()

    def _watch(self) -> None:
        while not self._stop.wait(self._config.reload_interval):
            try:
                self.refresh()
            except Exception:
                LOGGER.exception("looking for newer models failed")

    def close(self) -> None:
        """Stop looking for newer files and let every model finish its work."""
        self._stop.set()
        for service in self.services():
            service.retire()


def _return_memory() -> None:
    """Return freed memory to the system: a large forest's file leaves three times what it needs."""
    with suppress(OSError, TypeError, AttributeError):  # glibc alone keeps it, and has this call
        ctypes.CDLL(None).malloc_trim(0)


def _stamp(path: Path | str | None) -> Stamp | None:
    """Return what changes when a file is replaced; None if there is no file of this machine."""
    if not isinstance(path, Path):
        return None
    try:
        status = path.stat()
    except OSError:
        return None
    return status.st_mtime_ns, status.st_size, status.st_ino


def _newest_first(versions: dict[str, ModelService]) -> dict[str, ModelService]:
    """Sort the versions of a model by when they were saved."""

    def age(version: str) -> tuple[str, list[tuple[int, int, str]]]:
        return str(versions[version].artifact.manifest.get("created")), _version_key(version)

    return {version: versions[version] for version in sorted(versions, key=age, reverse=True)}


def _version_key(version: str) -> list[tuple[int, int, str]]:
    """Sort "10" after "9"."""
    parts = re.findall(r"\d+|\D+", version)
    return [(1, int(part), "") if part.isdigit() else (0, 0, part) for part in parts]
