"""Model servers that skcook-serve is compared with: how each is installed, started and asked.

Each lives in a virtual environment of its own, with the libraries that it brings and the model's
scikit-learn. Batching is on where a server has it, with the settings of its own documentation and
the wait that our research found best for it (64 rows, 2 ms).
"""

import json
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path
from typing import Any


@dataclass(frozen=True)
class Rival:
    """One server.

    Parameters
    ----------
    packages : list of str
        What its environment holds.
    files : callable
        From the port to the files that it needs, by name.
    command : list of str
        What starts it; ``{bin}`` is its environment's folder of programs, ``{port}`` its port.
    path : str
        Where it predicts.
    body : callable
        From a list of rows to what it is sent.
    answer : callable
        From what it answers to the list of predictions.
    before : str or None
        Python that its environment runs once before the start.
    """

    packages: list[str]
    files: Callable[[int], dict[str, str]]
    command: list[str]
    path: str
    body: Callable[[list[dict[str, Any]]], Any]
    answer: Callable[[Any], list[Any]]
    before: str | None = None


def _tensors(rows):
    """Write rows as the Open Inference Protocol has them, a tensor per column."""
    inputs = []
    for name, value in rows[0].items():
        is_text = isinstance(value, str)
        tensor = {"name": name, "shape": [len(rows), 1], "datatype": "BYTES" if is_text else "FP64"}
        tensor["data"] = [row[name] for row in rows]
        inputs.append({**tensor, **({"parameters": {"content_type": "str"}} if is_text else {})})
    return {"parameters": {"content_type": "pd"}, "inputs": inputs}


_MLSERVER = {
    "name": "m",
    "implementation": "mlserver_sklearn.SKLearnModel",
    "max_batch_size": 64,
    "max_batch_time": 0.002,
    "parameters": {"uri": "./model.joblib", "content_type": "pd"},
}

_LITSERVE = """\
import joblib, litserve, pandas as pd

class Api(litserve.LitAPI):
    def setup(self, device):
        self.model = joblib.load("model.joblib")
    def decode_request(self, request):
        return request["row"]
    def batch(self, inputs):
        return pd.DataFrame(inputs)
    def predict(self, X):
        return self.model.predict(X)
    def unbatch(self, output):
        return output.tolist()
    def encode_response(self, output):
        return {"prediction": output}

if __name__ == "__main__":
    api = Api(max_batch_size=64, batch_timeout=0.002)
    litserve.LitServer(api, accelerator="cpu", workers_per_device=1, timeout=60).run(
        port=PORT, host="127.0.0.1", num_api_servers=1, generate_client_file=False,
        log_level="error",
    )
"""

_BENTOML = """\
import bentoml, joblib, pandas as pd

@bentoml.service(workers=1, traffic={"timeout": 60, "max_concurrency": 1000})
class Service:
    def __init__(self):
        self.model = joblib.load("model.joblib")
    @bentoml.api(batchable=True, max_batch_size=64, max_latency_ms=1000)
    def predict(self, rows: list[dict]) -> list[int]:
        return self.model.predict(pd.DataFrame(rows)).tolist()
"""

_MLFLOW = """\
import joblib, mlflow, pandas as pd
from mlflow.models import infer_signature
model, X = joblib.load("model.joblib"), pd.read_csv("rows.csv")
mlflow.sklearn.save_model(
    model, "saved", signature=infer_signature(X, model.predict(X)),
    serialization_format="cloudpickle",
)
"""

_VETIVER = """\
import joblib, pandas as pd, uvicorn, vetiver
model = joblib.load("model.joblib")
saved = vetiver.VetiverModel(model, "m", prototype_data=pd.read_csv("rows.csv"))
uvicorn.run(vetiver.VetiverAPI(saved).app, host="127.0.0.1", port=PORT, log_level="error")
"""

RIVALS: dict[str, Rival] = {
    "mlserver": Rival(
        ["mlserver", "mlserver-sklearn"],
        lambda port: {
            "model-settings.json": json.dumps(_MLSERVER),
            "settings.json": json.dumps(
                {
                    "host": "127.0.0.1",
                    "http_port": port,
                    "grpc_port": port + 1000,
                    "metrics_port": port + 2000,
                    "parallel_workers": 0,
                    "debug": False,
                }
            ),
        },
        ["{bin}/mlserver", "start", "."],
        "/v2/models/m/infer",
        _tensors,
        lambda answer: answer["outputs"][0]["data"],
    ),
    "litserve": Rival(
        ["litserve"],
        lambda port: {"server.py": _LITSERVE.replace("PORT", str(port))},
        ["{bin}/python", "server.py"],
        "/predict",
        lambda rows: {"row": rows[0]},
        lambda answer: [answer["prediction"]],
    ),
    "bentoml": Rival(
        ["bentoml"],
        lambda port: {"service.py": _BENTOML},
        ["{bin}/bentoml", "serve", "service:Service", "--host", "127.0.0.1", "--port", "{port}"],
        "/predict",
        lambda rows: {"rows": rows},
        lambda answer: answer,
    ),
    "mlflow": Rival(
        ["mlflow"],
        lambda port: {},
        [
            *("{bin}/mlflow", "models", "serve", "-m", "saved", "--env-manager", "local"),
            *("-w", "1", "-h", "127.0.0.1", "-p", "{port}"),
        ],
        "/invocations",
        lambda rows: {"dataframe_records": rows},
        lambda answer: answer["predictions"],
        _MLFLOW,
    ),
    "vetiver": Rival(
        ["vetiver"],
        lambda port: {"server.py": _VETIVER.replace("PORT", str(port))},
        ["{bin}/python", "server.py"],
        "/predict",
        lambda rows: rows,
        lambda answer: answer["predict"],
    ),
}


def environment(name: str, packages: list[str], folder: Path) -> Path | None:
    """Return the folder of programs of an environment, which is made if it is not there.

    Parameters
    ----------
    name : str
        Its name.
    packages : list of str
        What it holds beside scikit-learn in the version that fitted the model.
    folder : Path
        Where environments are kept.

    Returns
    -------
    programs : Path or None
        None if it cannot be made.
    """
    place = folder / name
    if not (place / ".ready").exists():
        print(f"  making the environment of {name} in {place}", flush=True)
        uv = shutil.which("uv") or str(Path(sys.executable).with_name("uv"))
        versions = [f"{n}=={metadata.version(n)}" for n in ("scikit-learn", "joblib")]
        make = [uv, "venv", "-q", "--clear", "--python", sys.executable, str(place)]
        fill = [uv, "pip", "install", "-q", "--python", str(place / "bin" / "python")]
        for command in (make, [*fill, *packages, "pandas", *versions]):
            done = subprocess.run(command, check=False, capture_output=True, text=True)
            if done.returncode:
                print(f"  {name} cannot be installed: {done.stderr.strip().splitlines()[-1]}")
                return None
        (place / ".ready").touch()
    return place / "bin"
