"""A long run of skcook-serve under load, with what happens in production happening to it.

Clients ask without a pause, each checking that the answer to its row is right. Meanwhile the model
file is replaced five times by one that answers otherwise, requests come that make the model raise
inside a shared call, and clients leave in the middle. At the end comes SIGTERM, under full load.
Reported: answers lost and wrong, and how the memory of the process moves.

    python benchmarks/soak_serve.py                  # twenty seconds
    python benchmarks/soak_serve.py --minutes 10
    python benchmarks/soak_serve.py --no-plan        # the model itself answers every row
"""

import argparse
import contextlib
import http.client
import json
import os
import random
import re
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
import urllib.request
import warnings
from collections import Counter
from pathlib import Path

import numpy as np
import pandas as pd
from sklearn.base import BaseEstimator, ClassifierMixin

from skcook import artifacts
from skcook.base._flow import DoubtError
from skcook.exceptions import SkcookWarning
from skcook.plan._models import Answers

N_MODELS = 6
# A row with this value makes the model raise; one with that ends the thread that called the model,
# and the requests that shared the call are told to try again.
RAISES, KILLS = 666.0, 999.0


class Parity(ClassifierMixin, BaseEstimator):
    """Say whether a number is even, in the words of one generation of the model."""

    def __init__(self, generation=0):
        self.generation = generation

    def fit(self, X, y):
        self.classes_ = np.array([f"{word}-{self.generation}" for word in ("even", "odd")])
        self.n_features_in_ = X.shape[1]
        return self

    def predict(self, X):
        numbers = np.asarray(X)[:, 0]
        if (numbers == KILLS).any():
            raise SystemExit
        if (numbers == RAISES).any():
            raise ValueError("a row that the model refuses")
        return self.classes_[(numbers % 2).astype(int)]

    def _plan_answers(self, plan):
        return Answers({"predict": self._by_plan})

    def _by_plan(self, cells):
        if {RAISES, KILLS} & set(cells[0]):
            raise DoubtError
        return self.classes_[[int(number) % 2 for number in cells[0]]]


def write(folder, generation):
    X = pd.DataFrame({"n": np.arange(1000.0)})
    model = Parity(generation).fit(X, X["n"])
    version = f"g{generation}"
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", SkcookWarning)  # the class has to be trusted, and is
        return artifacts.save(model, folder / "parity.skcook", X, background=0, version=version)


class Client(threading.Thread):
    """Ask again and again, and check each answer."""

    def __init__(self, port, seed, counts, stop):
        super().__init__(daemon=True)
        self.port, self.random, self.counts, self.stop = port, random.Random(seed), counts, stop

    def run(self):
        while not self.stop.is_set():
            connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
            try:
                # Connections are kept for a while, as real clients keep them.
                for _ in range(self.random.randint(1, 50)):
                    self.ask(connection)
                    if connection.sock is None or self.stop.is_set():
                        break
            except ConnectionRefusedError:
                return  # the door is closed: nothing was lost
            except (http.client.HTTPException, OSError) as exc:
                self.counts[f"lost: {type(exc).__name__}"] += 1
                return
            finally:
                connection.close()

    def ask(self, connection):
        n = self.random.randint(1, 4)
        numbers = [float(self.random.randrange(600)) for _ in range(n)]
        special = self.random.random()
        if special < 0.01:
            numbers[0] = RAISES
        elif special < 0.0105:
            numbers[0] = KILLS
        body = json.dumps({"rows": [{"n": x} for x in numbers]})
        headers = {"Content-Type": "application/json"}
        connection.request("POST", "/v1/models/parity/predict", body, headers)
        response = connection.getresponse()
        answer = json.loads(response.read())
        if response.status == 503 and response.headers["Retry-After"]:
            self.counts["told to try again"] += 1
            return
        if response.status != 200:
            expected = 422 if numbers[0] == RAISES else None
            right = response.status == expected
            self.counts["refused as expected" if right else f"wrong: {response.status}"] += 1
            return
        generation = answer["version"].removeprefix("g")
        words = [f"{'odd' if x % 2 else 'even'}-{generation}" for x in numbers]
        good = answer["predictions"] == words and not {RAISES, KILLS} & set(numbers)
        self.counts["right" if good else "wrong: another answer"] += 1
        self.counts[f"generation {generation}"] += 1


def leave(port, stop):
    """Send half a request and go, now and then."""
    while not stop.wait(0.2):
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port)) as one:
            one.sendall(b"POST /v1/models/parity/predict HTTP/1.1\r\nHost: x\r\nContent-Le")


def memory(pid):
    text = Path(f"/proc/{pid}/smaps_rollup").read_text()
    return int(re.search(r"^Pss:\s+(\d+)", text, re.MULTILINE)[1]) / 1024


def has_plan(port):
    """Tell whether the server answers by a plan."""
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/v1/models/parity") as response:
        return json.load(response)["plan"]["used"]


def soak(minutes, clients, extra=()):
    """Run all of it; return the counts, and the memory in MiB at each moment."""
    counts, seen, stop = Counter(), [], threading.Event()
    seconds = 60 * minutes
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        path, log = write(folder, 0), folder / "log"
        run = "from skcook.serve.process._serve_command import main; raise SystemExit(main())"
        command = [sys.executable, "-c", run, str(path), "--port", "0", "--log-level", "error"]
        command += ["--trust", "soak_serve.Parity", "--reload-interval", "0.5", *extra]
        folders = [str(Path(__file__).parent), os.environ.get("PYTHONPATH", "")]
        environment = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, folders))}
        with log.open("w") as out:
            server = subprocess.Popen(command, stdout=out, stderr=out, env=environment)
        try:
            while not (found := re.search(r"127\.0\.0\.1:(\d+)", log.read_text())):
                if server.poll() is not None:
                    raise SystemExit(log.read_text())
                time.sleep(0.05)
            port, started = int(found[1]), time.monotonic()
            counts["answers by a plan"] = int(has_plan(port))
            threads = [Client(port, i, counts, stop) for i in range(clients)]
            leaver = threading.Thread(target=leave, args=(port, stop), daemon=True)
            for thread in (*threads, leaver):
                thread.start()
            generation = 1
            # On a machine with other work it takes longer until the last model has answered, and
            # until a request has ended the thread that called one.
            least = {f"generation {N_MODELS - 1}": 1, "told to try again": 1, "right": 1000}
            while (now := time.monotonic() - started) < seconds or (
                now < seconds + 300 and any(counts[name] < n for name, n in least.items())
            ):
                time.sleep(min(1.0, seconds / 40))
                seen.append(memory(server.pid))
                due = now > generation * seconds / (N_MODELS + 1)
                if generation < N_MODELS and due and counts[f"generation {generation - 1}"]:
                    write(folder, generation)
                    generation += 1
            server.send_signal(signal.SIGTERM)
            code = server.wait(60)
            stop.set()
            for thread in threads:
                thread.join(60)
            counts["clients that hang"] = sum(thread.is_alive() for thread in threads)
            counts["exit code"] = code
            return counts, seen
        finally:
            stop.set()
            server.kill()
            server.wait()


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--minutes", type=float, default=1 / 3)
    parser.add_argument("--clients", type=int, default=32)
    parser.add_argument("--no-plan", action="store_true", help="let the model answer every row")
    options = parser.parse_args()
    extra = ["--no-plan"] if options.no_plan else []
    counts, seen = soak(options.minutes, options.clients, extra)
    for name, count in sorted(counts.items()):
        print(f"  {name:<28}{count:>9}")
    tenth = max(1, len(seen) // 10)
    early, late = (float(np.mean(part)) for part in (seen[tenth : 3 * tenth], seen[-2 * tenth :]))
    print(f"  memory (PSS): {early:.1f} MiB early, {late:.1f} MiB late, {max(seen):.1f} at most")
    print(f"  models replaced: {sum(name.startswith('generation') for name in counts) - 1}")
    bad = sum(n for name, n in counts.items() if name.startswith(("lost", "wrong", "clients")))
    print(f"  lost or wrong: {bad}")
    return 1 if bad or counts["exit code"] else 0


if __name__ == "__main__":
    # By its name, so that the class of the model can be found by whoever loads it.
    import soak_serve

    sys.exit(soak_serve.main())
