"""
From clicks on the page to the next version
===========================================

Those who know the field do not write Python. They open the model's page, say of its reasons which
are right and which are wrong, and whoever has the training rows fits the next version. How do the
clicks of three people, one of them careless, become a better model?
"""

# %%
# A model of penguins has a leak: in 95 of 100 training rows the name of the `observer` tells the
# species, because observers were sent out by species. It is saved with a sample of its rows, which
# the page explains.

import tempfile
from pathlib import Path

import numpy as np

from skcook import artifacts
from skcook.datasets import load_penguins
from skcook.models import tabular_pipeline
from skcook.review import Corrections, ReviewedClassifier, compare_models
from skcook.serve import ServeConfig, create_app

X, y = load_penguins(return_X_y=True)
kept = (y != "Gentoo").to_numpy()
X, y = X[kept].drop(columns="island").reset_index(drop=True), y[kept].to_numpy()
rng = np.random.default_rng(0)
X["bill_length_mm"] += rng.normal(0, 5, len(X))


def send_observers(X, y, share):
    """Add the observer's name, which tells the species in this share of the rows."""
    tells = (y == "Adelie") == (rng.random(len(y)) < share)
    return X.assign(observer=np.where(tells, "Ines", "Jonas"))


half = np.arange(len(X)) % 2 == 0
X_train, y_train = send_observers(X[half], y[half], 0.95), y[half]
X_clean, y_clean = send_observers(X[~half], y[~half], 0.5), y[~half]

folder = Path(tempfile.mkdtemp())
first = tabular_pipeline("lightgbm").fit(X_train, y_train)
artifacts.save(first, folder / "penguins.skcook", X_train, y=y_train, version="1")

# %%
# `skcook-serve --review verdicts.jsonl --api-key-file keys penguins.skcook` adds a tab "Review" to
# the page. Here its clicks are sent as the page sends them. Who clicked is told by the key.

people = {"ana": "key of ana", "ben": "key of ben", "eva": "key of eva"}
(folder / "keys").write_text("\n".join(f"{name}:{key}" for name, key in people.items()))
app = create_app(
    folder / "penguins.skcook",
    ServeConfig(review=folder / "verdicts.jsonl", api_key_file=folder / "keys"),
)
page = app.test_client()
address = "/v1/models/penguins"


def clicks_of(name, judge, n_rows=4):
    """Let a person go through some rows, and judge the reasons of each."""
    key = {"X-API-Key": people[name]}
    for shown in page.get(f"{address}/review/rows?n={n_rows}", headers=key).json["rows"]:
        items = [
            {"row_id": shown["row_id"], "feature": reason["feature"], "verdict": judge(reason)}
            for reason in shown["explanation"]["features"]
        ]
        answer = page.post(f"{address}/feedback", json={"items": items}, headers=key)
        assert answer.status_code == 201


def careful(reason):
    """Call the observer a wrong reason."""
    return "wrong" if reason["feature"] == "observer" else "right"


def careless(reason):
    """Call every second reason wrong."""
    return "wrong" if rng.random() < 0.5 else "right"


for name, judge in [("ana", careful), ("ben", careless), ("eva", careful)]:
    clicks_of(name, judge)

for line in page.get(f"{address}/feedback", headers={"X-API-Key": people["ana"]}).json["counts"]:
    print(f"{line['feature']:18} right {line['right']:2}  wrong {line['wrong']:2}")

# %%
# The server fits nothing: the verdicts are lines of a file. With the training rows they become
# corrections, by majority. One careless person of three is outvoted, and could also be left out
# (`who=["ana", "eva"]`).

corrections = Corrections.from_feedback(folder / "verdicts.jsonl")
print(corrections)
better = ReviewedClassifier(tabular_pipeline("lightgbm"), corrections=corrections)
better.fit(X_train, y_train)

# %%
# Whether it is a gain is decided on rows in which the leak is broken.

comparison = compare_models(
    first,
    better,
    X_clean,
    y_clean,
    slices={"observers sent anywhere": np.ones(len(X_clean), bool)},
    random_state=0,
)
comparison.plot()
print(comparison)

# %%
# Saved under the same name, it is served as version 2. With both versions in one server, the page
# shows them beside each other on any row, and compares their reasons blind.

artifacts.save(better, folder / "penguins-2.skcook", X_train, y=y_train, version="2")
print(artifacts.inspect(folder / "penguins-2.skcook")["corrections"])
