"""
How do I score more rows than fit into memory?
==============================================

A Dask frame is many pandas frames, and a fitted model takes a pandas frame: ``map_partitions`` puts
one into the other, on one machine or on a cluster. Nothing is loaded before it is needed, and no
more than a part for each worker.
"""

# %%
# A model that was fitted on what fits into memory.
import dask.dataframe as dd
import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from distributed import Client, LocalCluster

from skcook.datasets import load_penguins
from skcook.models import tabular_pipeline

X, y = load_penguins(return_X_y=True)
model = tabular_pipeline("logistic").fit(X, y)

# %%
# A cluster: here two workers as threads of this page. For yours, write
# ``Client("tcp://scheduler:8786")``.
cluster = LocalCluster(n_workers=2, threads_per_worker=1, processes=False, dashboard_address=None)
client = Client(cluster)

# %%
# Many birds in eight parts, as ``dd.read_parquet("birds/")`` would give them. The model goes to
# the workers once, and each part comes back as a small frame of probabilities.
many = pd.concat([X] * 30, ignore_index=True)
many["body_mass_g"] += np.random.default_rng(0).normal(0, 300, len(many))
birds = dd.from_pandas(many, npartitions=8)


def probabilities(part):
    return pd.DataFrame(model.predict_proba(part), columns=model.classes_, index=part.index)


scores = birds.map_partitions(probabilities, meta=dict.fromkeys(model.classes_, "float64"))
scores

# %%
# Only now is anything computed: what comes back is what the model gives by itself.
result = scores.compute()
assert np.allclose(result, model.predict_proba(many))

# %%
# How sure is it, part by part? A part that looks different from the others would be seen here.
sure = scores.max(axis=1)
parts = [np.asarray(part.compute()) for part in sure.partitions]
figure, axes = plt.subplots(figsize=(7, 3.2), layout="constrained")
axes.boxplot(parts, whis=(1, 99), showfliers=False)
axes.set(xlabel="part", ylabel="largest probability", title=f"{len(many):,} rows in 8 parts")
plt.show()

# %%
client.close()
cluster.close()

# %%
# For whole files there is a command that checks each row against the model's schema, sets aside
# those that do not fit, and goes on after a worker has died::
#
#     skcook-score penguins.skcook birds/ scores --output proba --engine dask --scheduler tcp://...
