"""Save and load against joblib and skops, check rows against pydantic, msgspec and jsonschema.

    python benchmarks/bench_artifacts.py [--rows 5000] [--repeats 5]

Every file is loaded and its predictions compared before anything is timed. Loading by skcook
checks hashes, the allow-list and versions, and reads schema and background; a pickle does none of
it. The validators get the same 10-column rows, already parsed from JSON, and say yes or no.
"""

import argparse
import tempfile
from functools import partial
from importlib.util import find_spec
from pathlib import Path

import joblib
import numpy as np
import pandas as pd
from _harness import measure, print_machine, print_rows
from sklearn.compose import make_column_transformer
from sklearn.ensemble import HistGradientBoostingClassifier, RandomForestClassifier
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler

from skcook import artifacts
from skcook.artifacts import Schema

NUMBERS = ["age", "fnlwgt", "edu_num", "gain", "loss", "hours"]
WORDS = {"work": 8, "edu": 16, "marital": 7, "country": 40}


def people(n: int):
    random = np.random.default_rng(0)
    X = pd.DataFrame({name: random.normal(size=n) for name in NUMBERS})
    for name, k in WORDS.items():
        X[name] = np.array([f"{name}_{i}" for i in range(k)])[random.integers(0, k, n)]
    X["gain"] = X["gain"].mask(random.random(n) < 0.05)
    return X, (X["age"] + X["loss"] + random.normal(size=n) > 0).astype(int)


def mixed(estimator):
    """Return a pipeline as scikit-learn's users write it, around a model."""
    words = make_pipeline(
        SimpleImputer(strategy="most_frequent"),
        OneHotEncoder(handle_unknown="ignore", sparse_output=False),
    )
    numbers = make_pipeline(SimpleImputer(), StandardScaler())
    steps = make_column_transformer((numbers, NUMBERS), (words, list(WORDS)))
    return make_pipeline(steps, estimator)


def models(n: int):
    X, y = people(n)

    def full(estimator):
        return mixed(estimator).fit(X, y)

    yield "LogisticRegression", full(LogisticRegression(max_iter=500)), X
    yield "RandomForest(100)", full(RandomForestClassifier(100, random_state=0)), X
    yield "HistGradientBoosting(50)", full(HistGradientBoostingClassifier(max_iter=50)), X
    if find_spec("lightgbm"):
        from lightgbm import LGBMClassifier

        yield "LGBM(50)", full(LGBMClassifier(n_estimators=50, n_jobs=1, verbose=-1)), X
    texts = list(X["country"] + " " + X["edu"] + " " + X["work"])
    model = make_pipeline(TfidfVectorizer(), LogisticRegression(max_iter=500)).fit(texts, y)
    yield "Tfidf + LogisticRegression", model, texts


def _skops_load(path):
    import skops.io

    return skops.io.load(path, trusted=skops.io.get_untrusted_types(file=path))


def _skops_save(model, path, X):
    import skops.io

    skops.io.dump(model, path)


#: For each way of keeping a model, how it is saved and how it is loaded.
WAYS = {
    "skcook": (artifacts.save, artifacts.load),
    "skops": (_skops_save, _skops_load),
    "joblib": (lambda model, path, X: joblib.dump(model, path), joblib.load),
    "joblib, compress=3": (
        lambda model, path, X: joblib.dump(model, path, compress=3),
        joblib.load,
    ),
}


def bench_files(n: int, repeats: int) -> None:
    for name, model, X in models(n):
        with tempfile.TemporaryDirectory() as folder:
            _bench_model(name, model, X, Path(folder), repeats)


def _bench_model(name, model, X, folder: Path, repeats: int) -> None:
    expected = model.predict_proba(X)
    saved, loaded, sizes = {}, {}, []
    for way, (save, load) in WAYS.items():
        path = folder / f"{way}.file"
        save(model, path, X)
        np.testing.assert_array_equal(load(path).predict_proba(X), expected)
        sizes.append(f"{way} {path.stat().st_size / 1e3:.0f} kB")
        saved[way] = measure(partial(_call, save, model, path, X), repeats=repeats)
        loaded[way] = measure(partial(_call, load, path), repeats=repeats)
    print(f"\n== {name}: {', '.join(sizes)}")
    print_rows(f"{name}: save", "skcook", saved)
    print_rows(f"{name}: load", "skcook", loaded)


def _call(function, *arguments) -> None:
    function(*arguments[:-1])


def validators(schema: Schema):
    yield "skcook", schema.parse_rows
    if find_spec("msgspec"):
        import msgspec

        row = msgspec.defstruct(
            "Row",
            [*((name, float | None) for name in NUMBERS), *((name, str | None) for name in WORDS)],
            forbid_unknown_fields=True,
        )
        yield "msgspec", lambda rows: msgspec.convert(rows, list[row])
    if find_spec("pydantic"):
        import pydantic

        fields = dict.fromkeys(NUMBERS, (float | None, ...))
        fields |= dict.fromkeys(WORDS, (str | None, ...))
        config = pydantic.ConfigDict(strict=True, extra="forbid", allow_inf_nan=False)
        adapter = pydantic.TypeAdapter(
            list[pydantic.create_model("Row", __config__=config, **fields)]
        )
        yield "pydantic, strict", adapter.validate_python
    document = {"type": "array", "items": schema.to_json_schema()}
    if find_spec("jsonschema_rs"):
        import jsonschema_rs

        fast = jsonschema_rs.validator_for(document)
        yield "jsonschema-rs", fast.validate
    if find_spec("jsonschema"):
        import jsonschema

        yield "jsonschema", jsonschema.Draft202012Validator(document).validate


def bench_rows(n: int, repeats: int) -> None:
    X, _ = people(n)
    schema = Schema.capture(X, next(models(n))[1])
    records = schema.to_records(X.head(1000))
    good, bad = records[0], {**records[0], "age": "36"}
    for name, check in validators(schema):
        check([good])
        try:
            check([bad])
        except Exception:
            continue
        raise AssertionError(f"{name} takes a string for a number")
    for count, calls in ((1, 2000), (1000, 5)):
        rows = records[:count]
        measured = {
            name: measure(partial(_repeat, check, rows, calls), repeats=repeats)
            for name, check in validators(schema)
        }
        print_rows(f"{calls} times: check {count} row(s)", "skcook", measured)
        ways = {
            "skcook": lambda rows: schema.parse_rows(rows).frame,
            "pd.DataFrame(rows), unchecked": pd.DataFrame,
        }
        built = {
            name: measure(partial(_repeat, way, rows, calls), repeats=repeats)
            for name, way in ways.items()
        }
        print_rows(f"{calls} times: check and build a frame of {count} row(s)", "skcook", built)


def _repeat(check, rows, calls, _) -> None:
    for _ in range(calls):
        check(rows)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rows", type=int, default=1000, help="training rows")
    parser.add_argument("--repeats", type=int, default=3)
    settings = parser.parse_args()
    print_machine(
        "scikit-learn", "skops", "joblib", "numpy", "pandas", "lightgbm", "msgspec", "pydantic",
        "jsonschema", "jsonschema-rs",
    )  # fmt: skip
    bench_rows(settings.rows, settings.repeats)
    bench_files(settings.rows, settings.repeats)


if __name__ == "__main__":
    main()
