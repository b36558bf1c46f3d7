"""Write a Dockerfile for one model."""

import sys
from importlib import metadata
from pathlib import Path
from typing import Any

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
# Serves {name}. Build and run it with:
#   docker build -t {name} -f {dockerfile} .
#   docker run -p 8080:8080 {name}
FROM python:{python}-slim

RUN apt-get update \\
    && apt-get install -y --no-install-recommends libgomp1 \\
    && rm -rf /var/lib/apt/lists/*
RUN pip install --no-cache-dir {requirements}

RUN useradd --create-home --uid 1000 serve
USER serve
COPY --chown=serve {file} /home/serve/{file}

ENV PORT=8080
EXPOSE 8080
HEALTHCHECK --interval=10s --timeout=3s --start-period=60s CMD ["python", "-c", \\
    "import os, urllib.request as u; u.urlopen(f'http://127.0.0.1:{{os.environ[\\"PORT\\"]}}/readyz')"]
ENTRYPOINT ["skcook-serve", "/home/serve/{file}", "--host", "0.0.0.0"]
"""


def dockerfile_of(manifest: dict[str, Any], path: Path, dockerfile: Path) -> str:
    """Return a Dockerfile that serves a model with the library versions it was saved with."""
    versions = {str(k).lower(): str(v) for k, v in dict(manifest.get("versions", {})).items()}
    aliases = {"scikit-learn": "sklearn", "lightfm-next": "lightfm"}
    pins = []
    for library in _PINNED:
        version = versions.get(library) or versions.get(aliases.get(library, ""))
        if version is None and library == "skops":
            version = metadata.version("skops")
        if version is not None:
            pins.append(f'"{library}=={version}"')
    skcook = versions.get("skcook")
    own = f'"skcook[serve,explain]=={skcook}"' if skcook else '"skcook[serve,explain]"'
    python = ".".join(versions.get("python", sys.version.split()[0]).split(".")[:2])
    return _TEMPLATE.format(
        name=path.stem.lower(),
        dockerfile=dockerfile.name,
        python=python,
        requirements=" ".join([own, *pins]),
        file=path.name,
    )
