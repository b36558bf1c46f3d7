"""mljar's AutoML on one data set, run by the Python of an environment that holds mljar-supervised.

    python _mljar.py FOLDER TASK SECONDS

It reads X_train.csv, y_train.csv and X_test.csv from the folder, writes what it predicts of the
test rows to predictions.csv, and prints the CPU seconds that fit and prediction took.
"""

import sys
import time
from pathlib import Path

import pandas as pd
from supervised import AutoML

if __name__ == "__main__":
    folder, task, seconds = Path(sys.argv[1]), sys.argv[2], float(sys.argv[3])
    X_train, X_test = (pd.read_csv(folder / f"X_{part}.csv") for part in ("train", "test"))
    y_train = pd.read_csv(folder / "y_train.csv")["y"]
    is_regression = task == "regression"
    kind = "binary" if y_train.nunique() == 2 else "multiclass"
    start = time.process_time()
    automl = AutoML(
        results_path=str(folder / "mljar"),
        mode="Compete",
        ml_task="regression" if is_regression else f"{kind}_classification",
        eval_metric="rmse" if is_regression else "logloss",
        total_time_limit=int(seconds),
        explain_level=0,
        n_jobs=1,
        random_state=0,
        verbose=0,
    )
    automl.fit(X_train, y_train)
    found = automl.predict(X_test) if is_regression else automl.predict_proba(X_test)
    cpu = time.process_time() - start
    pd.DataFrame(found).to_csv(folder / "predictions.csv", index=False)
    print(cpu)
