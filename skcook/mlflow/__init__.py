"""Keep models in MLflow as ``.skcook`` files: no pickle, and the schema as signature.

- `save_model` writes an MLflow model folder.
- `log_model` logs one to the tracking server, and may register it.
- `load_model` gives the fitted model back.

``mlflow.pyfunc.load_model`` loads the same folder, predicts, gives probabilities and explains.
"""

# MLflow asks the package for `_load_pyfunc`, by this name.
from skcook.mlflow._flavor import _load_pyfunc as _load_pyfunc
from skcook.mlflow._flavor import load_model, log_model, save_model
from skcook.utils._public import publish

__all__ = ["load_model", "log_model", "save_model"]

publish(globals())
