"""A long run of skcook-serve under all that clients send, mixed: nothing lost, wrong or leaked.

Ordinary rows go on without a pause while others send bodies of 8 MB, Parquet files and CSV files
with a column more, write their requests drop by drop, and send what has to be refused. Meanwhile
the model file is replaced by one that answers otherwise. Each answer is compared with the truth,
and the memory of the process is watched; once with the model's plan, and once without.

    python benchmarks/soak_mixed.py                  # twenty seconds, with the plan and without
    python benchmarks/soak_mixed.py --minutes 30
"""

import argparse
import contextlib
import http.client
import io
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
from collections import Counter
from pathlib import Path

import numpy as np
import pandas as pd
from sklearn.compose import make_column_transformer
from sklearn.pipeline import make_pipeline
from sklearn.tree import DecisionTreeClassifier
from soak_serve import memory

from skcook import artifacts

N_MODELS = 5
#: MiB; after minutes it stays at some 650, of which the model and its libraries are 200.
MOST_MEMORY = 1024
NUMBERS = np.arange(600.0)
MAX_ROWS = 10_000
PATH = "/v1/models/parity/predict"
JSON, CSV, PARQUET = "application/json", "text/csv", "application/vnd.apache.parquet"
#: What has to be refused, and how.
BAD = {
    "no JSON": (JSON, b'{"rows": [', 400),
    "a name twice": (JSON, b'{"rows": [{"n": 1, "n": 2, "note": "a"}]}', 400),
    "not a number": (JSON, b'{"rows": [{"n": NaN, "note": "a"}]}', 400),
    "a word for a number": (JSON, b'{"rows": [{"n": "two", "note": "a"}]}', 422),
    "no such column": (JSON, b'{"rows": [{"n": 1, "note": "a", "m": 2}]}', 422),
    "too many rows": (JSON, b'{"columns": ["n"], "data": [' + b"[1]," * MAX_ROWS + b"[1]]}", 413),
    "too many bytes": (JSON, b" " * 10_000_001, 413),
    "another type": ("text/plain", b"1,2", 415),
    "no Parquet": (PARQUET, b"PAR1" + bytes(60) + b"PAR1", 400),
}


def write(folder, generation):
    """Save a model that says, in words of its generation, whether a number is even."""
    notes = np.where(NUMBERS % 3 == 0, None, "a note")
    X = pd.DataFrame({"n": NUMBERS, "note": pd.Series(notes, dtype=object)})
    words = np.where(NUMBERS % 2, "odd", "even").astype(object) + f"-{generation}"
    keep = make_column_transformer(("passthrough", ["n"]))
    model = make_pipeline(keep, DecisionTreeClassifier()).fit(X, words)
    return artifacts.save(model, folder / "parity.skcook", X, version=f"g{generation}")


class Client(threading.Thread):
    """Ask in one way again and again, and check each answer."""

    def __init__(self, port, seed, kind, counts, stop):
        super().__init__(daemon=True)
        self.port, self.random, self.kind = port, random.Random(seed), kind
        self.counts, self.stop = counts, stop

    def run(self):
        ask = getattr(self, f"ask_{self.kind}")
        while not self.stop.is_set():
            connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=120)
            try:
                ask(connection)
            except ConnectionRefusedError:
                return  # the server was stopped: nothing was lost
            except (http.client.HTTPException, OSError) as exc:
                # A body that is too long is refused before all of it has come.
                if not (self.kind == "bad" and isinstance(exc, OSError)):
                    self.counts[f"lost: {self.kind}: {type(exc).__name__}"] += 1
                    return
            finally:
                connection.close()

    def numbers(self, n):
        return [float(self.random.randrange(600)) for _ in range(n)]

    def send(self, connection, kind, body, numbers):
        connection.request("POST", PATH, body, {"Content-Type": kind})
        self.check(connection.getresponse(), numbers)

    def check(self, response, numbers):
        text = response.read()
        if response.status == 503 and response.headers["Retry-After"]:
            self.counts["told to try again"] += 1
            return
        if response.status != 200:
            self.counts[f"wrong: {self.kind}: {response.status} {text[:200]!r}"] += 1
            return
        answer = json.loads(text)
        generation = answer["version"].removeprefix("g")
        words = [f"{'odd' if x % 2 else 'even'}-{generation}" for x in numbers]
        right = answer["predictions"] == words
        self.counts[f"right: {self.kind}" if right else f"wrong: {self.kind}: an answer"] += 1
        self.counts[f"generation {generation}"] += 1

    def document(self, numbers, note):
        return json.dumps({"rows": [{"n": x, "note": note} for x in numbers]}).encode()

    def ask_rows(self, connection):
        for _ in range(self.random.randint(1, 50)):
            numbers = self.numbers(self.random.randint(1, 4))
            self.send(connection, JSON, self.document(numbers, None), numbers)
            if connection.sock is None or self.stop.is_set():
                return

    def ask_big(self, connection):
        numbers = self.numbers(MAX_ROWS)
        self.send(connection, JSON, self.document(numbers, "x" * 780), numbers)

    def ask_parquet(self, connection):
        numbers = self.numbers(self.random.randint(1, 2000))
        out = io.BytesIO()
        pd.DataFrame({"n": numbers, "note": "a note"}).to_parquet(out)
        self.send(connection, PARQUET, out.getvalue(), numbers)

    def ask_csv(self, connection):
        numbers = self.numbers(self.random.randint(2, 200))
        lines = [f"{x:.1f};wörter".replace(".", ",") for x in numbers]
        body = "\n".join(["n;note", *lines]).encode("cp1252")
        self.send(connection, CSV, body, numbers)

    def ask_slowly(self, connection):
        numbers = self.numbers(3)
        body = self.document(numbers, None)
        head = f"POST {PATH} HTTP/1.1\r\nHost: x\r\nContent-Type: {JSON}\r\n"
        raw = f"{head}Content-Length: {len(body)}\r\n\r\n".encode() + body
        connection.connect()
        for i in range(0, len(raw), 20):
            connection.sock.sendall(raw[i : i + 20])
            time.sleep(0.1)
        response = http.client.HTTPResponse(connection.sock, method="POST")
        response.begin()
        self.check(response, numbers)

    def ask_bad(self, connection):
        case = self.random.choice(list(BAD))
        kind, body, status = BAD[case]
        connection.request("POST", PATH, body, {"Content-Type": kind})
        response = connection.getresponse()
        right = response.status == status and b'"type"' in response.read()
        self.counts[f"refused: {case}" if right else f"wrong: {case}: {response.status}"] += 1


KINDS = {"rows": 8, "big": 1, "parquet": 2, "csv": 1, "slowly": 4, "bad": 2}


def soak(minutes, *, plan):
    """Run all of it; return the counts, and the memory in MiB at each moment."""
    counts, seen, stop = Counter(), [], threading.Event()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        path, log = write(folder, 0), folder / "log"
        run = "from skcook.serve.process._serve_command import main; raise SystemExit(main())"
        command = [sys.executable, "-c", run, str(path), "--port", "0", "--log-level", "error"]
        command += ["--reload-interval", "0.5", *([] if plan else ["--no-plan"])]
        with log.open("w") as out:
            server = subprocess.Popen(command, stdout=out, stderr=out, env=dict(os.environ))
        try:
            while not (found := re.search(r"127\.0\.0\.1:(\d+)", log.read_text())):
                if server.poll() is not None:
                    raise SystemExit(log.read_text())
                time.sleep(0.05)
            port = int(found[1])
            check_plan(port, plan)
            kinds = [kind for kind, n in KINDS.items() for _ in range(n)]
            threads = [Client(port, i, kind, counts, stop) for i, kind in enumerate(kinds)]
            for thread in threads:
                thread.start()
            seconds, started, generation = 60 * minutes, time.monotonic(), 1
            # On a machine with other work, models are replaced later: the last one has to be seen.
            last = f"generation {N_MODELS - 1}"
            while (now := time.monotonic() - started) < seconds or (
                not counts[last] and now < seconds + 300
            ):
                time.sleep(min(1.0, seconds / 40))
                seen.append(memory(server.pid))
                if generation < N_MODELS and now > generation * seconds / (N_MODELS + 1):
                    write(folder, generation)
                    generation += 1
            stop.set()
            for thread in threads:
                thread.join(120)
            counts["clients that hang"] = sum(thread.is_alive() for thread in threads)
            server.send_signal(signal.SIGTERM)
            counts["exit code"] = server.wait(60)
            counts["lines of error in the log"] = log.read_text().count('"level": "error"')
            return counts, seen
        finally:
            stop.set()
            with contextlib.suppress(OSError):
                server.kill()
            server.wait()


def check_plan(port, plan):
    """Raise if the server does not answer by the plan, or without it, as it was asked to."""
    socket.create_connection(("127.0.0.1", port), timeout=60).close()
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    connection.request("GET", "/v1/models/parity")
    told = json.loads(connection.getresponse().read())["plan"]
    connection.close()
    if told["used"] != plan:
        raise SystemExit(f"The plan is {told}, where {plan} was asked for.")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--minutes", type=float, default=1 / 3)
    options = parser.parse_args()
    bad = 0
    for plan in (True, False):
        counts, seen = soak(options.minutes / 2, plan=plan)
        print("with the plan" if plan else "without the plan")
        for name, count in sorted(counts.items()):
            print(f"  {name:<44}{count:>9}")
        third = max(1, len(seen) // 3)
        print(
            f"  memory (PSS): {max(seen[:third]):.0f} MiB at most in the first third, "
            f"{max(seen[-third:]):.0f} in the last"
        )
        replaced = sum(name.startswith("generation") for name in counts) - 1
        wrong = sum(n for name, n in counts.items() if name.startswith(("lost", "wrong", "client")))
        print(f"  models replaced: {replaced}\n  lost or wrong: {wrong}")
        right = [counts[f"right: {kind}"] for kind in KINDS if kind != "bad"]
        bad += bool(wrong or counts["exit code"] or not all(right) or max(seen) > MOST_MEMORY)
        bad += not counts[f"generation {N_MODELS - 1}"]
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
