"""RecTools' recommenders on one split, run by the Python of an environment that holds rectools.

    python _rectools.py FOLDER

It reads fit.csv, validation.csv and train.csv (user, item) from the folder. The settings of each
model are those with the best ndcg@10 on the validation rows after a fit on fit.csv. It writes the
top ten of every user after a fit on train.csv to lists.csv (model, user, item, rank), and prints
for each model its settings, the CPU seconds of that fit and by how much it raised the memory.
"""

import json
import os
import resource
import sys
import time
from pathlib import Path

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import numpy as np
import pandas as pd
from implicit.als import AlternatingLeastSquares
from implicit.nearest_neighbours import CosineRecommender
from rectools import Columns
from rectools.dataset import Dataset
from rectools.models import EASEModel, ImplicitALSWrapperModel, ImplicitItemKNNWrapperModel


def als(factors, regularization, alpha):
    return ImplicitALSWrapperModel(
        AlternatingLeastSquares(
            factors, regularization=regularization, alpha=alpha, num_threads=1, random_state=0
        )
    )


GRIDS = {
    "EASE": (EASEModel, [{"regularization": a} for a in (100.0, 200.0, 400.0, 800.0)]),
    "iALS": (
        als,
        [
            {"factors": n, "regularization": r, "alpha": a}
            for n in (32, 64)
            for r in (0.05, 0.1, 1.0)
            for a in (1.0, 5.0, 10.0)
        ],
    ),
    "item kNN": (
        lambda K: ImplicitItemKNNWrapperModel(CosineRecommender(K=K, num_threads=1)),
        [{"K": K} for K in (20, 50, 100, 200)],
    ),
}


def dataset(frame):
    return Dataset.construct(frame.assign(**{Columns.Weight: 1.0, Columns.Datetime: "2024-01-01"}))


def lists(model, data, frame):
    users = frame[Columns.User].unique()
    return model.recommend(users, data, k=10, filter_viewed=True)


def ndcg(found, held_out):
    hits = found.merge(held_out, on=[Columns.User, Columns.Item])
    gains = (1 / np.log2(hits[Columns.Rank] + 1)).groupby(hits[Columns.User]).sum()
    sizes = held_out.groupby(Columns.User).size().clip(upper=10)
    ideal = np.cumsum(1 / np.log2(np.arange(2, 12)))
    return gains.reindex(sizes.index, fill_value=0).div(ideal[sizes - 1]).mean()


def main(folder):
    fit, validation, train = (
        pd.read_csv(folder / f"{name}.csv").set_axis([Columns.User, Columns.Item], axis=1)
        for name in ("fit", "validation", "train")
    )
    inner, outer = dataset(fit), dataset(train)
    written = []
    for name, (make, grid) in GRIDS.items():
        scores = [ndcg(lists(make(**params).fit(inner), inner, fit), validation) for params in grid]
        best = grid[int(np.argmax(scores))]
        model = make(**best)
        start = time.process_time()
        model.fit(outer)
        cost = {"model": name, "params": best, "cpu": time.process_time() - start}
        cost["peak_mb"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        print(json.dumps(cost), flush=True)
        written.append(lists(model, outer, train).assign(model=name))
    pd.concat(written).to_csv(folder / "lists.csv", index=False)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
