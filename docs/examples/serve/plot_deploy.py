"""
What does a container of my model need, and how fast does it answer?
====================================================================

A saved model knows which libraries it was made with. From that comes its Dockerfile; what the
container then runs is the application below, asked without a network.
"""

# %%
# A model in one file.
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np

from skcook import artifacts
from skcook.datasets import load_penguins
from skcook.models import tabular_pipeline
from skcook.serve import create_app

X, y = load_penguins(return_X_y=True)
folder = tempfile.TemporaryDirectory()
path = artifacts.save(
    tabular_pipeline("logistic").fit(X, y), Path(folder.name) / "penguins.skcook", X, y=y
)

# %%
# ``skcook-serve dockerfile penguins.skcook``: the libraries whose version decides what the model
# answers are pinned, and it runs as a user without rights.
command = Path(sys.executable).with_name("skcook-serve")
dockerfile = Path(folder.name) / "Dockerfile"
subprocess.run([command, "dockerfile", path, "-o", dockerfile], check=True, capture_output=True)
print(dockerfile.read_text())

# %%
# What a platform asks first: is it alive, and may it get requests?
client = create_app(path).test_client()
{address: client.get(address).status_code for address in ("/healthz", "/readyz")}

# %%
# How long does one row take, from the bytes of the request to those of the answer? Most of the
# time goes into HTTP, little into the model, since a plan answers single rows.
row = X.dropna().iloc[0].to_dict()
times = []
for _ in range(400):
    begun = time.perf_counter()
    answer = client.post("/v1/models/penguins/predict_proba", json={"rows": [row]})
    times.append(1000 * (time.perf_counter() - begun))
times = np.array(times[50:])  # without the first, which fill caches
figure, axes = plt.subplots(figsize=(7, 3), layout="constrained")
axes.hist(times, bins=np.geomspace(times.min(), times.max(), 40), color="#2472b8")
axes.set(xscale="log", xlabel="milliseconds per request (log scale)", ylabel="requests")
axes.axvline(np.median(times), color="0.3", linestyle="--")
axes.set_title(f"Half of the requests take less than {np.median(times):.1f} ms")
plt.show()

# %%
# The figures that a platform reads while it runs:
metrics = client.get("/metrics").text
print("\n".join(line for line in metrics.splitlines() if "requests_total{" in line))

# %%
folder.cleanup()

# %%
# To Kubernetes, Cloud Run, SageMaker and Azure: see the page Deploy of the guide.
