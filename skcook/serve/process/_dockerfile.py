"""Write a Dockerfile for one model.

What a model file says comes from whoever wrote the file, so nothing of it is put into the text
unless it is a version, or the name of an installed package.
"""

import json
import re
import sys
from collections.abc import Sequence
from importlib import metadata
from pathlib import Path
from typing import Any

from packaging.version import InvalidVersion, Version

from skcook.exceptions import ArtifactError

# Libraries whose version decides what a model answers, or whether it loads at all.
_PINNED = (
    "scikit-learn",
    "numpy",
    "pandas",
    "lightgbm",
    "xgboost",
    "lightfm-next",
    "nltk",
    "skops",
)

_TEMPLATE = """\
# Serves {tag}. Build and run it with:
#   docker build -t {tag} -f {dockerfile} .
#   docker run -p 8080:8080 {tag}
FROM python:{python}-slim

RUN apt-get update \\
    && apt-get install -y --no-install-recommends libgomp1 \\
    && rm -rf /var/lib/apt/lists/*
RUN pip install --no-cache-dir {requirements}
{folders}
RUN useradd --create-home --uid 1000 serve
USER serve
{files}COPY --chown=serve {copy}

ENV PORT=8080
EXPOSE 8080
HEALTHCHECK --interval=10s --timeout=3s --start-period=60s CMD ["python", "-c", \\
    "import os, urllib.request as u; u.urlopen(f'http://127.0.0.1:{{os.environ[\\"PORT\\"]}}/readyz')"]
ENTRYPOINT {entrypoint}
"""


def dockerfile_of(
    manifest: dict[str, Any],
    path: Path,
    dockerfile: Path,
    *,
    trusted: Sequence[str] = (),
    packages: Sequence[str] = (),
) -> str:
    """Return a Dockerfile that serves a model with the library versions it was saved with.

    `packages` name where trusted types come from: requirements, folders that pip can install, or
    files of Python.
    """
    _check_trust(manifest.get("untrusted_types", []), trusted)
    versions = {str(k).lower(): str(v) for k, v in dict(manifest.get("versions", {})).items()}
    tag = re.sub(r"[^a-z0-9]+", "-", path.stem.lower()).strip("-") or "model"
    folders = [p for p in packages if Path(p).is_dir()]
    files = [p for p in packages if p.endswith(".py") and not Path(p).is_dir()]
    named = [p for p in packages if p not in folders and p not in files]
    if not packages:
        named = _distributions(trusted, versions)
    skcook = versions.get("skcook")
    own = "skcook[serve,explain]" + (f"=={_version('skcook', skcook)}" if skcook else "")
    requirements = [own, *_pins(versions), *named]
    name = "" if re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9._-]*", path.stem) else f"{tag}="
    entrypoint = ["skcook-serve", f"{name}/home/serve/{path.name}", "--host", "0.0.0.0"]  # noqa: S104
    for type_name in trusted:
        entrypoint += ["--trust", type_name]
    modules = [_copy(p, f"/home/serve/modules/{Path(p).name}") for p in files]
    return _TEMPLATE.format(
        tag=tag,
        dockerfile=dockerfile.name,
        python=_python(versions),
        requirements=" ".join(json.dumps(item) for item in requirements),
        folders="".join(
            f"COPY {_copy(p, f'/packages/{i}/')}\nRUN pip install --no-cache-dir /packages/{i}\n"
            for i, p in enumerate(folders)
        ),
        files="".join(f"COPY --chown=serve {copy}\n" for copy in modules)
        + ("ENV PYTHONPATH=/home/serve/modules\n" if modules else ""),
        copy=_copy(path.name, f"/home/serve/{path.name}"),
        entrypoint=json.dumps(entrypoint),
    )


def _check_trust(untrusted: Sequence[str], trusted: Sequence[str]) -> None:
    missing = [name for name in untrusted if name not in trusted]
    if missing:
        raise ArtifactError(
            "The model holds types that are not on skcook's own list. If you trust them, add "
            + " ".join(f"--trust {name}" for name in missing)
            + ", and --package for where they come from."
        )


def _distributions(trusted: Sequence[str], versions: dict[str, str]) -> list[str]:
    """Return the requirements that bring the modules of trusted types."""
    installed = metadata.packages_distributions()
    found = {}
    for module in sorted({name.partition(".")[0] for name in trusted}):
        if module not in installed:
            raise ArtifactError(
                f"No installed package brings the module {module!r} of a trusted type. Say where "
                "it comes from: --package with a requirement, a folder that pip can install, or a "
                "file of Python."
            )
        name = installed[module][0]
        then = versions.get(name.lower(), metadata.version(name))
        if name.lower() not in _PINNED and name != "skcook":
            found[name] = f"{name}=={_version(name, then)}"
    return list(found.values())


def _pins(versions: dict[str, str]) -> list[str]:
    aliases = {"scikit-learn": "sklearn", "lightfm-next": "lightfm"}
    pins = []
    for library in _PINNED:
        version = versions.get(library) or versions.get(aliases.get(library, ""))
        if version is None and library == "skops":
            version = metadata.version("skops")
        if version is not None:
            pins.append(f"{library}=={_version(library, version)}")
    return pins


def _version(library: str, text: str) -> str:
    """Return a version if it is one: the text of a file may be anything."""
    try:
        return str(Version(text))
    except InvalidVersion as exc:
        raise ArtifactError(
            f"The file says that its version of {library} is {text[:40]!r}, which is no version. "
            "Was it changed? Save the model again."
        ) from exc


def _python(versions: dict[str, str]) -> str:
    found = Version(_version("Python", versions.get("python", sys.version.split()[0])))
    return f"{found.major}.{found.minor}"


def _copy(source: str, target: str) -> str:
    """Return the two paths of a COPY, whatever characters are in them."""
    if re.search(r"[\\\[]", source):
        raise ArtifactError(
            f"{source}: engines disagree on backslashes and brackets in names. Rename the file."
        )
    # Docker reads quotes and variables in paths as a shell does, and then wildcards in sources,
    # which match themselves.
    return json.dumps([re.sub(r"[\"'$]", r"\\\g<0>", path) for path in (source, target)])
