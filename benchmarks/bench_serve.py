"""Requests a second of skcook-serve, unbatched, batched, and against other model servers.

One server each, on loopback, all in one run; the load comes from `wrk` (or, without it, from
Python threads, which cost a CPU of their own). Rounds go round-robin, so that a noisy minute hits
every server alike. Before any load, the answers of all servers are compared with the model's own.
Each server, skcook's too, runs in an environment that holds no more than it needs; these are made
by uv at the first run and kept.

    python benchmarks/bench_serve.py                                  # all, about 7 minutes
    python benchmarks/bench_serve.py --models lr --rivals --seconds 1 # a short look
"""

import argparse
import contextlib
import http.client
import json
import os
import re
import shutil
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path

import joblib
import numpy as np
import pandas as pd
from _harness import print_machine
from _rivals import RIVALS, environment
from sklearn.compose import ColumnTransformer
from sklearn.ensemble import RandomForestClassifier
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler

from skcook import artifacts

VARIANTS = {
    "unbatched": ["--no-batching", "--pin", "no"],
    "unbatched, one CPU": ["--no-batching", "--pin", "yes"],
    "batched": ["--pin", "no"],
    "batched, one CPU (default)": ["--pin", "auto"],
    "the same, Flask alone": ["--pin", "auto", "--no-front"],
    "the same, Flask, no plan": ["--pin", "auto", "--no-front", "--no-plan"],
    "the same, by granian": ["--pin", "auto", "--engine", "granian"],
    "batched, 2 workers": ["--pin", "auto", "--workers", "2"],
}
# What HTTP itself costs: the same body read, and a constant for an answer, on one CPU.
FLOOR = """\
import os, sys, waitress
from flask import Flask, request
os.sched_setaffinity(0, {sorted(os.sched_getaffinity(0))[0]})
app = Flask("floor")

@app.post("/")
def answer():
    request.get_json()
    return {"model": "m", "version": "1", "predictions": [1], "warnings": []}

waitress.serve(app, host="127.0.0.1", port=int(sys.argv[1]), threads=32)
"""
BASE = "unbatched"
SETTINGS = {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1", "BENTOML_DO_NOT_TRACK": "true"}


def make_data(n):
    rng = np.random.default_rng(0)
    numbers = [f"n{i}" for i in range(6)]
    texts = [f"c{i}" for i in range(4)]
    X = pd.DataFrame(rng.normal(size=(n, 6)), columns=numbers)
    for name, size in zip(texts, (8, 16, 7, 40)):
        X[name] = rng.choice([f"{name}_{k}" for k in range(size)], n)
    y = (X["n0"] + X["n1"] * X["n2"] + rng.normal(size=n) > 0).astype(int)
    return X, y, numbers, texts


def fit(kind, X, y, numbers, texts):
    prepare = ColumnTransformer(
        [
            ("numbers", make_pipeline(SimpleImputer(), StandardScaler()), numbers),
            (
                "texts",
                make_pipeline(
                    SimpleImputer(strategy="most_frequent"), OneHotEncoder(handle_unknown="ignore")
                ),
                texts,
            ),
        ]
    )
    estimator = {
        "lr": LogisticRegression(max_iter=500),
        "rf": RandomForestClassifier(n_estimators=100, random_state=0),
    }[kind]
    return make_pipeline(prepare, estimator).fit(X, y)


class Server:
    """A server process, its children included."""

    def __init__(self, name, command, folder, *, port, path, body, answer, cwd=None):
        self.name, self.port, self.path, self.body, self.answer = name, port, path, body, answer
        self.log = folder / f"{re.sub('[^a-z]+', '-', name)}.log"
        self._begin = time.perf_counter()
        with self.log.open("w") as log:
            self.process = subprocess.Popen(
                command,
                stdout=log,
                stderr=log,
                cwd=cwd,
                env=environment_of(Path(command[0]).parent),
                start_new_session=True,
            )

    def wait(self, rows):
        """Wait until it answers; return what it predicts."""
        end = time.monotonic() + 180
        while time.monotonic() < end and self.process.poll() is None:
            try:
                status, text = self.post(self.body(rows[:1]))
                if status == 200:
                    self.started = time.perf_counter() - self._begin
                    return [self.answer(json.loads(self.post(self.body([r]))[1]))[0] for r in rows]
                if status not in (404, 503):
                    raise RuntimeError(f"{self.name} answers {status}: {text[:300]!r}")
            except OSError:
                pass
            time.sleep(0.1)
        raise RuntimeError(f"{self.name} does not start: {self.log.read_text()[-800:]}")

    def tree(self):
        """Return the ids of the process and of all that came from it."""
        parents = {}
        for folder in Path("/proc").glob("[0-9]*"):
            try:
                parents[int(folder.name)] = int(
                    (folder / "stat").read_text().split(")")[-1].split()[1]
                )
            except OSError:
                continue
        found = [self.process.pid]
        for pid in found:
            found += [child for child, parent in parents.items() if parent == pid]
        return found

    def cpu(self):
        ticks = 0
        for pid in self.tree():
            fields = _read(pid, "stat").rsplit(")", 1)[-1].split()
            ticks += int(fields[11]) + int(fields[12]) if fields else 0
        return ticks / os.sysconf("SC_CLK_TCK")

    def pss(self):
        texts = [_read(pid, "smaps_rollup") for pid in self.tree()]
        return (
            sum(int(v) for t in texts for v in re.findall(r"^Pss:\s+(\d+)", t, re.MULTILINE))
            // 1024
        )

    def post(self, document):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        try:
            body = document if isinstance(document, bytes) else json.dumps(document)
            connection.request("POST", self.path, body, {"Content-Type": "application/json"})
            response = connection.getresponse()
            return response.status, response.read()
        finally:
            connection.close()

    def stop(self):
        mine = self.tree()
        self.process.terminate()
        try:
            self.process.wait(30)
        except subprocess.TimeoutExpired:
            self.process.kill()
        for pid in mine:  # what a server leaves behind
            with contextlib.suppress(OSError):
                os.kill(pid, signal.SIGKILL)
        self.process.wait()


def environment_of(programs):
    """Return the variables of a process: its own programs come first."""
    return {**os.environ, **SETTINGS, "PATH": f"{programs}:{os.environ['PATH']}"}


def _read(pid, name):
    try:
        return Path(f"/proc/{pid}/{name}").read_text()
    except OSError:
        return ""


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def own_server(name, programs, path, arguments, folder):
    port = free_port()
    model = path.stem
    return Server(
        name,
        [programs / "skcook-serve", path, *arguments, "--port", str(port), "--log-level", "error"],
        folder,
        port=port,
        path=f"/v1/models/{model}/predict",
        body=lambda rows: {"rows": rows},
        answer=lambda document: document["predictions"],
    )


def floor_server(programs, folder):
    port = free_port()
    return Server(
        "Flask and waitress, a constant",
        [programs / "python", "-c", FLOOR, str(port)],
        folder,
        port=port,
        path="/",
        body=lambda rows: {"rows": rows},
        answer=lambda document: document["predictions"],
    )


def rival_server(name, programs, model, X, folder):
    rival, place = RIVALS[name], folder / name
    place.mkdir()
    joblib.dump(model, place / "model.joblib")
    X.head(100).to_csv(place / "rows.csv", index=False)
    port = free_port()
    while port > 60_000:  # the two after it, for servers that open three
        port = free_port()
    for file, text in rival.files(port).items():
        (place / file).write_text(text)
    if rival.before is not None:
        python = [programs / "python", "-c", rival.before]
        kept = environment_of(programs)
        subprocess.run(python, cwd=place, env=kept, check=True, capture_output=True)
    command = [part.format(bin=programs, port=port) for part in rival.command]
    return Server(
        name,
        command,
        folder,
        port=port,
        path=rival.path,
        body=rival.body,
        answer=rival.answer,
        cwd=place,
    )


def load(server, body, clients, seconds, folder):
    """Return (requests, milliseconds at p50, at p99, bad answers)."""
    if shutil.which("wrk"):
        script = folder / "body.lua"
        script.write_text(
            'wrk.method="POST"\nwrk.headers["Content-Type"]="application/json"\n'
            f"wrk.body=[==[{body}]==]\n"
        )
        url = f"http://127.0.0.1:{server.port}{server.path}"
        command = ["wrk", "-t1", f"-c{clients}", f"-d{seconds}s", "--timeout", "20s", "--latency"]
        out = subprocess.run(
            [*command, "-s", str(script), url], capture_output=True, text=True, check=True
        ).stdout

        def milliseconds(quantile):
            number, unit = re.search(rf"{quantile}%\s+([\d.]+)(us|ms|s)", out).groups()
            return float(number) * {"us": 1e-3, "ms": 1.0, "s": 1e3}[unit]

        bad = re.search(r"Non-2xx or 3xx responses: (\d+)", out)
        count = int(re.search(r"(\d+) requests in", out)[1])
        return count, milliseconds(50), milliseconds(99), int(bad[1]) if bad else 0
    return _python_load(server.port, server.path, body, clients, seconds)


def _python_load(port, path, body, clients, seconds):
    times, bad, end = [], [], time.perf_counter() + seconds

    def client():
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
        while time.perf_counter() < end:
            started = time.perf_counter()
            connection.request("POST", path, body, {"Content-Type": "application/json"})
            answer = connection.getresponse()
            answer.read()
            times.append(1e3 * (time.perf_counter() - started))
            if answer.status != 200:
                bad.append(answer.status)

    threads = [threading.Thread(target=client) for _ in range(clients)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    p50, p99 = np.percentile(times, [50, 99])
    return len(times), p50, p99, len(bad)


BAD = {
    "a column is missing": lambda row: {k: v for k, v in row.items() if k != "n0"},
    "an unknown column": lambda row: {**row, "zzz": 1},
    "a text in numbers": lambda row: {**row, "n0": "abc"},
    "an unknown category": lambda row: {**row, "c0": "MARS"},
    "a number in categories": lambda row: {**row, "c0": 7},
    "true in numbers": lambda row: {**row, "n0": True},
    "a number as text": lambda row: {**row, "n0": "36"},
    "no JSON": None,
}


def noticed(server, row):
    """Return the bad inputs that a server refuses or warns of."""
    found = []
    for name, change in BAD.items():
        status, text = server.post(b"{bad" if change is None else server.body([change(row)]))
        warned = status == 200 and b'"warnings":[{' in text
        if 400 <= status < 500 or warned:
            found.append(name)
    return found


def bench(kind, options, folder, programs):
    X, y, numbers, texts = make_data(options.rows)
    model = fit(kind, X, y, numbers, texts)
    folder.mkdir()
    path = artifacts.save(model, folder / f"{kind}.skcook", X, background=0)
    rows = artifacts.read(path).schema.to_records(X.head(20))
    expected = model.predict(X.head(20)).tolist()
    servers = []

    def start(make, name, *arguments):
        server = make(name, *arguments, folder)
        servers.append(server)
        try:
            assert server.wait(rows) == expected, f"{name} answers otherwise than the model"
        except RuntimeError as exc:
            print(f"  left out: {exc}", flush=True)
            servers.remove(server)
            server.stop()

    try:
        for name, given in VARIANTS.items():
            start(own_server, name, programs["skcook"], path, given)
        servers.append(floor_server(programs["skcook"], folder))
        servers[-1].wait(rows[:1])
        for name in options.rivals:
            if programs[name] is not None:
                start(rival_server, name, programs[name], model, X)
        results = {}
        for server in servers:
            load(server, json.dumps(server.body(rows[:1])), 8, 1, folder)
        for _ in range(options.rounds):
            for clients in options.clients:
                for server in servers:
                    body, before = json.dumps(server.body(rows[:1])), server.cpu()
                    count, p50, p99, bad = load(server, body, clients, options.seconds, folder)
                    cpu = 1e3 * (server.cpu() - before) / max(count, 1)
                    assert not bad, f"{server.name}: {bad} answers were errors"
                    measured = (count / options.seconds, p50, p99, cpu)
                    results.setdefault((clients, server.name), []).append(measured)
        print(f"\n{kind}: one row per request, medians of {options.rounds} x {options.seconds} s")
        head = f"  {'':<28}{'clients':>8}{'req/s':>9}{'p50 ms':>9}{'p99 ms':>9}{'CPU ms':>9}"
        print(f"{head}{'req/s ratio':>13}{'CPU ratio':>11}")
        for (clients, name), runs in results.items():
            rate, p50, p99, cpu = (statistics.median(values) for values in zip(*runs))
            base = [statistics.median(values) for values in zip(*results[clients, BASE])]
            line = f"  {name:<30}{clients:>6}{rate:>9.0f}{p50:>9.2f}{p99:>9.1f}{cpu:>9.2f}"
            print(f"{line}{rate / base[0]:>12.1f}x{base[3] / max(cpu, 1e-9):>10.1f}x", flush=True)
        print(f"\n  {'':<28}{'PSS MiB':>8}{'ready s':>9}{'bad input noticed':>20}")
        for server in servers:
            found = len(noticed(server, rows[0]))
            memory = f"{server.pss():>8}{server.started:>9.1f}"
            print(f"  {server.name:<28}{memory}{found:>13} of {len(BAD)}", flush=True)
    finally:
        for server in servers:
            server.stop()


LIME = """\
import json, sys, joblib, numpy as np, waitress
from flask import Flask, request
from lime.lime_tabular import LimeTabularExplainer
model, X = joblib.load(sys.argv[1]), np.load(sys.argv[2])
explainer = LimeTabularExplainer(X, mode="classification", random_state=0)
app = Flask("lime")

@app.post("/explain")
def explain():
    row = np.array(list(request.get_json()["rows"][0].values()))
    found = explainer.explain_instance(
        row, model.predict_proba, num_features=len(row), num_samples=5000)
    return {"explanations": [found.as_list()]}

waitress.serve(app, host="127.0.0.1", port=int(sys.argv[3]), threads=4)
"""


def bench_explain(options, folder):
    """Time one row's explanation, thirty features and a forest, behind HTTP."""
    rng = np.random.default_rng(0)
    X = pd.DataFrame(rng.normal(size=(options.rows, 30)), columns=[f"n{i}" for i in range(30)])
    y = (X["n0"] + X["n1"] * X["n2"] > 0).astype(int)
    model = RandomForestClassifier(n_estimators=100, random_state=0).fit(X.to_numpy(), y)
    named = RandomForestClassifier(n_estimators=100, random_state=0).fit(X, y)
    folder.mkdir()
    path = artifacts.save(named, folder / "forest.skcook", X, y=y)
    joblib.dump(model, folder / "forest.joblib")
    np.save(folder / "X.npy", X.to_numpy())
    rows, port = X.to_dict("records"), free_port()
    servers = [
        own_server("skcook-serve", Path(sys.executable).parent, path, [], folder),
        Server(
            "lime behind Flask and waitress",
            [sys.executable, "-c", LIME, folder / "forest.joblib", folder / "X.npy", str(port)],
            folder, port=port, path="/explain", body=lambda rows: {"rows": rows},
            answer=lambda document: document["explanations"],
        ),
    ]  # fmt: skip
    servers[0].path = "/v1/models/forest/explain"
    servers[0].answer = servers[1].answer
    print("\nexplain: one row per request, 30 features, a forest of 100 trees")
    print(f"  {'':<32}{'clients':>8}{'p50 ms':>9}{'CPU ms':>9}{'CPU ratio':>11}")
    try:
        for server in servers:
            server.wait(rows[:2])
        for clients in (1, 8):
            costs = []
            for server in servers:
                before = server.cpu()
                with ThreadPoolExecutor(clients) as pool:
                    times = list(pool.map(partial(timed, server), rows[: options.explained]))
                costs.append(1e3 * (server.cpu() - before) / len(times))
                p50 = statistics.median(times)
                line = f"  {server.name:<32}{clients:>8}{p50:>9.1f}{costs[-1]:>9.1f}"
                print(f"{line}{costs[-1] / costs[0]:>10.1f}x", flush=True)
    finally:
        for server in servers:
            server.stop()


def timed(server, row):
    """Return the milliseconds that an answer takes."""
    started = time.perf_counter()
    status, text = server.post({"rows": [row]})
    assert status == 200, text
    return 1e3 * (time.perf_counter() - started)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rows", type=int, default=2000, help="rows that the models are fitted on")
    parser.add_argument("--models", nargs="*", default=["lr", "rf"], choices=["lr", "rf"])
    parser.add_argument("--clients", nargs="+", type=int, default=[1, 32])
    parser.add_argument("--seconds", type=int, default=4)
    parser.add_argument("--rounds", type=int, default=1)
    parser.add_argument("--rivals", nargs="*", default=list(RIVALS), choices=list(RIVALS))
    parser.add_argument("--explained", type=int, default=40, help="rows that are explained; 0 none")
    place = Path(tempfile.gettempdir()) / "skcook-rivals"
    parser.add_argument("--environments", type=Path, default=place, help="kept between runs")
    options = parser.parse_args()
    print_machine("skcook", "scikit-learn", "flask", "waitress", "lime")
    source = "wrk" if shutil.which("wrk") else "Python threads"
    print(f"load average {os.getloadavg()[0]:.1f}; requests from {source}")
    root = Path(__file__).parent.parent
    own = ["-e", f"{root}[granian]"]
    programs = {"skcook": environment("skcook", own, options.environments)}
    for name in options.rivals:
        programs[name] = environment(name, RIVALS[name].packages, options.environments)
    with tempfile.TemporaryDirectory() as folder:
        for kind in options.models:
            bench(kind, options, Path(folder) / kind, programs)
        if options.explained:
            bench_explain(options, Path(folder) / "explain")


if __name__ == "__main__":
    main()
