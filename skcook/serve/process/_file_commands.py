"""The commands beside serving: look at a model file, write a Dockerfile for it, export it.

And the model of ``skcook-serve --demo``, for a first look: which penguin is it.
"""

import argparse
import json
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from skcook.utils._files import write_atomic
from skcook.utils._progress import printable

DEMO_FILE = "penguins.skcook"

#: What the demo's page says to people, besides how good the model is.
_CARD = {
    "title": "Which penguin is it?",
    "target": "the species",
    "description": "Penguins of the Palmer Archipelago, from their measures.",
    "purpose": "A first look at what skcook serves.",
    "limits": [
        "It knows three species: any other bird is taken for one of them.",
        "It was fitted on 344 birds of three islands, measured from 2007 to 2009.",
    ],
    "fields": {
        "island": "Where the bird nests.",
        "bill_length_mm": "Along the ridge of the bill.",
        "bill_depth_mm": "The height of the bill.",
    },
}


def inspect(argv: Sequence[str]) -> int:
    """Print what a model file is, without loading its model."""
    top = argparse.ArgumentParser(prog="skcook-serve inspect", description=inspect.__doc__)
    top.add_argument("model", help="a .skcook file, or its address")
    top.add_argument("--json", action="store_true", help="all facts, as JSON")
    arguments = top.parse_args(argv)
    from skcook import artifacts
    from skcook.artifacts._displays import plan_line
    from skcook.artifacts.file._members import name_of, place_of

    place = place_of(arguments.model)
    facts = artifacts.inspect(place)
    if arguments.json:
        print(json.dumps(facts, indent=2, default=str))
        return 0
    name = facts.get("name") or Path(name_of(place)).stem
    lines = [
        f"{facts['task']} {name}, version {facts['version']}",
        f"saved {facts['created']}, {facts['bytes']:,} bytes, signature: {facts['signature']}",
        f"estimator: {' > '.join(map(str, facts['estimator']))}",
        f"methods: {', '.join(facts['methods'])}",
        f"plan: {plan_line(facts)}",
        "columns:",
        *(f"  {column['name']}: {column['type']}" for column in facts["columns"]),
        *map(_correction_line, facts["corrections"]),
        *(f"note: {difference}" for difference in facts["version_differences"]),
    ]
    if untrusted := facts["untrusted_types"]:
        lines.append("To serve it you would have to trust what is not on skcook's own list:")
        lines.append("  " + " ".join(f"--trust {name}" for name in untrusted))
    for line in lines:
        print(printable(line))
    return 0


def _correction_line(record: Mapping[str, Any]) -> str:
    """Say what people corrected in the model, in the words of the file."""
    kind, feature, who, why = (record.get(key) for key in ("kind", "feature", "who", "why"))
    return f"corrected: {kind} {feature!r}, by {who or 'unknown'!r}, because {why or 'unknown'!r}"


def dockerfile(argv: Sequence[str]) -> int:
    """Write a Dockerfile that serves a model with the library versions it was saved with."""
    top = argparse.ArgumentParser(prog="skcook-serve dockerfile", description=dockerfile.__doc__)
    top.add_argument("model", help="a .skcook file")
    top.add_argument("-o", "--output", type=Path, default=Path("Dockerfile"), help="(%(default)s)")
    top.add_argument("--trust", action="append", default=[], metavar="TYPE", help="allow a type")
    top.add_argument(
        "--package",
        action="append",
        default=[],
        metavar="PACKAGE",
        help="where the types come from: a requirement, a folder to install, or a file of Python",
    )
    top.add_argument("--force", action="store_true", help="replace a file that is there")
    arguments = top.parse_args(argv)
    from skcook import artifacts
    from skcook.serve.process._dockerfile import dockerfile_of

    model = Path(arguments.model)
    if "://" in arguments.model:
        raise ValueError(f"{arguments.model} is an address. Copy the file here: it is built in.")
    if arguments.output.exists() and not arguments.force:
        raise ValueError(f"{arguments.output} is there already; --force replaces it.")
    manifest = artifacts.inspect(model)
    read = {path.resolve() for path in (model, *map(Path, arguments.package))}
    if arguments.output.resolve() in read:
        raise ValueError(f"{arguments.output} goes into the image; choose another output.")
    text = dockerfile_of(
        manifest,
        model,
        arguments.output,
        trusted=arguments.trust,
        packages=arguments.package,
    )
    write_atomic(arguments.output, text.encode())
    print(printable(f"Wrote {arguments.output}. Build it where {model.name} is."))
    return 0


def export(argv: Sequence[str]) -> int:
    """Write a model as one file that predicts without skcook, after comparing the two."""
    top = argparse.ArgumentParser(prog="skcook-serve export", description=export.__doc__)
    top.add_argument(
        "format", choices=["onnx", "html"], help="a model of ONNX, or a page that predicts alone"
    )
    top.add_argument("model", type=Path, help="a .skcook file")
    top.add_argument("output", type=Path, metavar="OUT", help="the file to write")
    top.add_argument("--trust", action="append", default=[], metavar="TYPE", help="allow a type")
    top.add_argument(
        "--verify-key", type=Path, metavar="FILE", help="refuse a file not signed with this key"
    )
    top.add_argument("--force", action="store_true", help="replace a file that is there")
    arguments = top.parse_args(argv)
    from skcook import artifacts
    from skcook.export._exported import export as exported_of

    if arguments.output.exists() and not arguments.force:
        raise ValueError(f"{arguments.output} is there already; --force replaces it.")
    if arguments.output.resolve() == arguments.model.resolve():
        raise ValueError(f"{arguments.output} is the model; choose another output.")
    artifact = artifacts.read(
        arguments.model, trusted=arguments.trust, verify_key=arguments.verify_key
    )
    made = exported_of(artifact)
    if arguments.format == "html":
        from skcook.serve.process._model_file import page_of

        data = page_of(artifact, made).encode()
    else:
        data = made.proto.SerializeToString()
    write_atomic(arguments.output, data)
    said = (
        f"Wrote {arguments.output}, {len(data):,} bytes. Over {made.n_rows} rows every label is "
        f"the model's, and no number is further from it than {made.difference:.1g}."
    )
    print(printable(said))
    return 0


def fit_demo() -> tuple[Any, Any, dict[str, Any]]:
    """Return the demo's model, the rows that it was fitted on, and its card."""
    from sklearn.ensemble import HistGradientBoostingClassifier
    from sklearn.model_selection import cross_val_score
    from sklearn.pipeline import make_pipeline

    from skcook.datasets import load_penguins
    from skcook.explain import ExplainedClassifier, TabularExplainer
    from skcook.preprocessing import CategoricalImputer, NumericImputer, OrdinalEncoder

    X, y = load_penguins(return_X_y=True)
    pipeline = make_pipeline(
        NumericImputer(),
        CategoricalImputer(),
        OrdinalEncoder(),
        HistGradientBoostingClassifier(max_iter=60, learning_rate=0.1, random_state=0),
    )
    accuracy = cross_val_score(pipeline, X, y, cv=3).mean()
    card = {**_CARD, "metrics": {"accuracy in cross-validation": round(float(accuracy), 3)}}
    explainer = TabularExplainer(random_state=0)
    return ExplainedClassifier(pipeline, explainer=explainer).fit(X, y), X, card


def save_demo(folder: Path) -> Path:
    """Fit the demo's model and save it."""
    from skcook import artifacts

    model, X, card = fit_demo()
    path = folder / DEMO_FILE
    artifacts.save(model, path, X_example=X, card=card)
    return path


COMMANDS: dict[str, Callable[[Sequence[str]], int]] = {
    "inspect": inspect,
    "dockerfile": dockerfile,
    "export": export,
}
