"""Requests a second of skcook-serve, with and without micro-batching, in one run.

One server process each, on loopback; the load comes from `wrk` (or, without it, from a child
process of Python threads, which costs a CPU of its own and flatters no one). Rounds go
round-robin, so that a noisy minute hits every server alike. Before any load, the answers of all
servers are compared with the model's own.

    python benchmarks/bench_serve.py                  # a short look
    python benchmarks/bench_serve.py --seconds 4 --rounds 3
"""

import argparse
import http.client
import json
import os
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

import numpy as np
import pandas as pd
from _harness import print_machine
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
}
BASE = "unbatched"


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
    def __init__(self, path, arguments, folder, name):
        self.log = folder / f"{re.sub('[^a-z]', '-', name)}.log"
        code = "import sys; from skcook.serve._cli import main; sys.exit(main())"
        quiet = ["--port", "0", "--log-level", "error"]
        with self.log.open("w") as log:
            started = time.perf_counter()
            self.process = subprocess.Popen(
                [sys.executable, "-c", code, str(path), *arguments, *quiet], stdout=log, stderr=log
            )
        while not (found := re.search(r"127\.0\.0\.1:(\d+)", self.log.read_text())):
            if self.process.poll() is not None:
                raise SystemExit(self.log.read_text())
            time.sleep(0.02)
        self.started = time.perf_counter() - started
        self.port = int(found[1])

    def cpu(self):
        fields = Path(f"/proc/{self.process.pid}/stat").read_text().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def pss(self):
        text = Path(f"/proc/{self.process.pid}/smaps_rollup").read_text()
        return sum(int(v) for v in re.findall(r"^Pss:\s+(\d+)", text, re.MULTILINE)) // 1024

    def post(self, path, body):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        connection.request("POST", path, body, {"Content-Type": "application/json"})
        answer = json.loads(connection.getresponse().read())
        connection.close()
        return answer

    def stop(self):
        self.process.terminate()
        self.process.wait(60)


def load(server, path, body, clients, seconds, folder):
    """Return (requests, milliseconds at p50, at p99, bad answers)."""
    if shutil.which("wrk"):
        script = folder / "body.lua"
        script.write_text(
            'wrk.method="POST"\nwrk.headers["Content-Type"]="application/json"\n'
            f"wrk.body=[==[{body}]==]\n"
        )
        url = f"http://127.0.0.1:{server.port}{path}"
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
    return _python_load(server.port, path, body, clients, seconds)


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


def bench(kind, options, folder):
    X, y, numbers, texts = make_data(options.rows)
    model = fit(kind, X, y, numbers, texts)
    path = artifacts.save(model, folder / f"{kind}.skcook", X, background=0)
    rows = artifacts.read(path).schema.to_records(X.head(50))
    body, url = json.dumps({"rows": rows[:1]}), f"/v1/models/{kind}/predict"
    servers = {}
    try:
        for name, given in VARIANTS.items():
            servers[name] = Server(path, given, folder, name)
        expected = model.predict(X.head(50)).tolist()
        for name, server in servers.items():
            got = server.post(url, json.dumps({"rows": rows}))["predictions"]
            assert got == expected, f"{name} answers otherwise than the model"
            load(server, url, body, 4, 1, folder)
        results = {}
        for _ in range(options.rounds):
            for clients in options.clients:
                for name, server in servers.items():
                    before = server.cpu()
                    count, p50, p99, bad = load(server, url, body, clients, options.seconds, folder)
                    cpu = 1e3 * (server.cpu() - before) / max(count, 1)
                    assert not bad, f"{name}: {bad} answers were errors"
                    measured = (count / options.seconds, p50, p99, cpu)
                    results.setdefault((clients, name), []).append(measured)
        print(f"\n{kind}: one row a request, medians of {options.rounds} x {options.seconds} s")
        head = f"  {'':<30}{'clients':>8}{'req/s':>9}{'p50 ms':>9}{'p99 ms':>9}{'CPU ms':>9}"
        print(f"{head}{'req/s ratio':>13}{'CPU ratio':>11}")
        for (clients, name), runs in results.items():
            rate, p50, p99, cpu = (statistics.median(values) for values in zip(*runs))
            base = [statistics.median(values) for values in zip(*results[clients, BASE])]
            line = f"  {name:<30}{clients:>8}{rate:>9.0f}{p50:>9.1f}{p99:>9.1f}{cpu:>9.2f}"
            print(f"{line}{rate / base[0]:>12.1f}x{base[3] / max(cpu, 1e-9):>10.1f}x", flush=True)
        for name, server in servers.items():
            print(f"  {name:<30} PSS {server.pss()} MiB, ready after {server.started:.1f} s")
    finally:
        for server in servers.values():
            server.stop()


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rows", type=int, default=2000, help="rows that the models are fitted on")
    parser.add_argument("--models", nargs="+", default=["lr", "rf"], choices=["lr", "rf"])
    parser.add_argument("--clients", nargs="+", type=int, default=[1, 32])
    parser.add_argument("--seconds", type=int, default=2)
    parser.add_argument("--rounds", type=int, default=1)
    options = parser.parse_args()
    print_machine("skcook", "scikit-learn", "flask", "waitress")
    source = "wrk" if shutil.which("wrk") else "Python threads"
    print(f"load average {os.getloadavg()[0]:.1f}; requests from {source}")
    with tempfile.TemporaryDirectory() as folder:
        for kind in options.models:
            bench(kind, options, Path(folder))


if __name__ == "__main__":
    main()
