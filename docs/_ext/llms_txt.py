"""The documentation's index for language models, made from the packages themselves.

`conf.py` writes it beside the pages, as ``llms.txt``.
"""

import importlib
import inspect
from pathlib import Path

PACKAGES = [
    "preprocessing",
    "eda",
    "models",
    "text",
    "recommend",
    "explain",
    "review",
    "plan",
    "artifacts",
    "serve",
    "batch",
    "mlflow",
    "datasets",
]
DOCS = "https://skcook.readthedocs.io/en/stable"


def summary_of(member: object) -> str:
    """Return the first sentence of a docstring, on one line."""
    paragraph = (inspect.getdoc(member) or "").split("\n\n")[0]
    return " ".join(paragraph.split())


def llms_txt() -> str:
    """Return the text: what skcook is, each public name in a line, and where the pages are."""
    import skcook

    lines = ["# skcook", "", f"> {summary_of(skcook)}", ""]
    lines += [
        "Every part is a scikit-learn transformer or estimator. Import public names from their",
        "package, compose them in a Pipeline, save with `skcook.artifacts.save`, serve with",
        "`skcook-serve FILE.skcook`, score files with `skcook-score MODEL IN OUT`.",
        "",
    ]
    for name in PACKAGES:
        try:
            package = importlib.import_module(f"skcook.{name}")
        except ModuleNotFoundError:
            continue
        lines += [f"## skcook.{name}", "", summary_of(package), ""]
        for public in package.__all__:
            page = f"{DOCS}/api/generated/skcook.{name}.{public}.html"
            lines.append(f"- [{public}]({page}): {summary_of(getattr(package, public))}")
        lines.append("")
    lines += ["## Guide", ""]
    for page in sorted((Path(__file__).parent.parent / "user_guide").glob("*.md")):
        title = page.read_text().splitlines()[0].lstrip("# ")
        lines.append(f"- [{title}]({DOCS}/user_guide/{page.stem}.html)")
    return "\n".join(lines) + "\n"
