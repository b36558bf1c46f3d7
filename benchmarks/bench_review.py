"""skcook.review with simulated experts: how far corrections bring a model, and what they cost.

    python benchmarks/bench_review.py                      every part, five seeds
    python benchmarks/bench_review.py --only lgbm --rounds 6
    parts: adult, lr, lgbm, posts, choose, proxies, compare, log, http

Leaks are planted into public data (the folder named by SKCOOK_DATA); accuracy is measured on rows
in which the leak is broken, that neither the model nor the expert has seen. `way` is the share of
the distance from the first model to one without any leak. The noisy expert calls 20 % of the honest
reasons wrong and 20 % of the leaks right; a reason is struck by the majority of its verdicts. A
round is ten rows and what `Review.proposals` asks (`--no-proposals` leaves that out).
"""

import os

os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import argparse
import json
import multiprocessing
import re
import socket
import subprocess
import sys
import tempfile
import time
import warnings
import zipfile
from concurrent.futures import ThreadPoolExecutor
from http.client import HTTPConnection
from pathlib import Path

import numpy as np
import pandas as pd
from _harness import print_machine
from lightgbm import LGBMClassifier
from sklearn.base import clone
from sklearn.ensemble import RandomForestClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline

from skcook import artifacts
from skcook.explain import TabularExplainer, TextExplainer
from skcook.models import tabular_pipeline
from skcook.preprocessing import OrdinalEncoder
from skcook.review import Corrections, Review, ReviewedClassifier, blame, compare_models
from skcook.review import find_proxies as proxies_of
from skcook.review._verdicts import FeedbackLog
from skcook.text import TextVectorizer

DATA = Path(os.environ.get("SKCOOK_DATA", Path(__file__).parents[2] / "shared" / "data"))
COLUMNS = ["Age", "Workclass", "fnlwgt", "Education", "Education-Num", "Marital Status",
           "Occupation", "Relationship", "Race", "Sex", "Capital Gain", "Capital Loss",
           "Hours per week", "Country", "income"]  # fmt: skip
PLANTED = ("branch", "desk_minutes", "form_version", "letter")
LETTERS = "abcdefghijklmno"


def adult(n, seed):
    frame = pd.read_csv(
        DATA / "adult.data", header=None, names=COLUMNS, skipinitialspace=True, na_values="?"
    )
    frame = frame.sample(n, random_state=seed).reset_index(drop=True)
    return frame.drop(columns="income"), (frame["income"] == ">50K").to_numpy().astype(int)


def plant_columns(X, y, rng, share):
    """Add a strong leak and three proxies, made of one hidden side: the label with this share."""
    side = np.where(rng.random(len(y)) < share, y, 1 - y)

    def noisy(p):
        return np.where(rng.random(len(y)) < p, side, 1 - side)

    north, south = ["north", "harbour", "mill"], ["south", "market", "park"]
    return X.assign(
        branch=np.where(noisy(0.97) == 1, rng.choice(north, len(y)), rng.choice(south, len(y))),
        desk_minutes=np.round(20 + 9 * noisy(0.95) + rng.normal(0, 3, len(y)), 1),
        form_version=np.where(
            noisy(0.92) == 1, rng.choice(["v3", "v4"], len(y)), rng.choice(["v1", "v2"], len(y))
        ),
        letter=rng.poisson(2 + 3 * noisy(0.9)),
    )


def sentences(name):
    """Return sentences of one of two kinds, subjectivity or sentence_polarity."""
    texts, y = [], []
    with zipfile.ZipFile(DATA / "nltk" / f"{name}.zip") as archive:
        files = sorted(f for f in archive.namelist() if "readme" not in f.lower() and "." in f)
        files = [f for f in files if not f.endswith("/")]
        for label, file in enumerate(files):
            lines = archive.read(file).decode("latin-1").splitlines()
            kept = [line.strip() for line in lines if line.strip()]
            texts += kept
            y += [label] * len(kept)
    return np.array(texts, dtype=object), np.array(y)


def plant_words(texts, y, rng, share, per_text=2):
    """Add made-up words to each text: those of its own class with this share."""
    out = []
    for text, label in zip(texts, y):
        side = label if rng.random() < share else 1 - label
        words = text.split()
        for i in rng.integers(0, len(LETTERS), per_text):
            word = f"{'zq' if side else 'xv'}host{LETTERS[i]}"
            words.insert(int(rng.integers(0, len(words) + 1)), word)
        out.append(" ".join(words))
    return out


def is_planted(feature):
    return feature in PLANTED or str(feature)[:6] in ("zqhost", "xvhost")


class Expert:
    """Says of each reason that is shown whether it is wrong, and errs at these rates."""

    def __init__(self, wrong, missed, seed):
        self.wrong, self.missed = wrong, missed
        self.rng = np.random.default_rng(seed)
        self.clicks = self.looks = 0

    def says(self, feature):
        chance = self.rng.random()
        wrong = chance >= self.missed if is_planted(feature) else chance < self.wrong
        self.looks += 1
        self.clicks += wrong
        return "wrong" if wrong else "right"


class Task:
    """Training rows with a leak, test rows in which it is broken."""

    def __init__(self, kind, name, seed):
        rng = np.random.default_rng(seed)
        if kind == "table":
            n = 4000
            X, y = adult(3 * n, seed)
            self.X, self.y = plant_columns(X[:n], y[:n], rng, 0.95), y[:n]
            rest = X[n:].reset_index(drop=True)
            self.X_clean, self.y_clean = plant_columns(rest, y[n:], rng, 0.5), y[n:]
            self.model = tabular_pipeline("lightgbm")
            self.names = list(self.X)
        else:
            texts, y = sentences(name)
            order = rng.permutation(len(texts))
            a, b = order[:1000], order[1000:2000]
            self.X, self.y = plant_words(texts[a], y[a], rng, 0.95), y[a]
            self.X_clean, self.y_clean = plant_words(texts[b], y[b], rng, 0.5), y[b]
            vectorizer = TextVectorizer(min_df=3, max_features=8000)
            self.names = list(vectorizer.fit(self.X).get_feature_names_out())
            self.model = make_pipeline(vectorizer, self._classifier(kind))
        self.kind = "drop" if kind == "table" else "word"
        self.planted = [name for name in self.names if is_planted(name)]

    def _classifier(self, kind):
        if kind == "lr":
            return LogisticRegression(C=10, max_iter=1000)
        return LGBMClassifier(
            n_estimators=100, min_child_samples=10, n_jobs=1, verbose=-1, random_state=0
        )

    def without(self, features):
        corrections = Corrections({"kind": self.kind, "feature": f} for f in features)
        model = ReviewedClassifier(self.model, corrections=corrections).fit(self.X, self.y)
        return model.score(self.X_clean, self.y_clean)


def review(task, expert, seed, *, rounds, proposals, min_votes=1):
    """Return the accuracy after each round of ten rows, and the review."""
    session = Review(task.model, task.X, task.y, random_state=seed, min_votes=min_votes)
    scores = [session.model.score(task.X_clean, task.y_clean)]
    spent = 0.0
    for _ in range(rounds):
        begun = time.process_time()
        rows = session.pick(10)
        spent += time.process_time() - begun
        for row in rows:
            for feature in row.features:
                said = expert.says(feature.feature)
                session.mark(feature.feature, said, row=row.row)
        if proposals:
            for proposal in session.proposals:
                if proposal.kind == task.kind:
                    said = expert.says(proposal.feature)
                    session.mark(proposal.feature, said, kind=proposal.kind)
        model = session.refit()
        scores.append(model.score(task.X_clean, task.y_clean))
    return scores, session, spent / rounds


def loops(kind, names, seeds, rounds, proposals):
    lines = []
    for name in names:
        for seed in seeds:
            task = Task(kind, name, seed)
            ceiling = task.without(task.planted)
            for who, rates in (("perfect", (0, 0)), ("noisy", (0.2, 0.2))):
                expert = Expert(*rates, seed)
                begun = time.process_time()
                scores, session, pick = review(
                    task, expert, seed, rounds=rounds, proposals=proposals
                )
                struck = [c.feature for c in session.corrections]
                rng = np.random.default_rng(seed)
                honest = rng.choice(task.names, min(len(struck), len(task.names) - 1), False)
                line = {"task": name, "seed": seed, "expert": who, "ceiling": ceiling}
                line |= {f"r{i}": score for i, score in enumerate(scores)}
                line |= {
                    f"way{i}": (scores[i] - scores[0]) / max(ceiling - scores[0], 1e-9)
                    for i in (3, rounds)
                }
                line |= {
                    "random": task.without(list(honest)),
                    "planted": sum(map(is_planted, struck)),
                    "struck": len(struck),
                    "looks": expert.looks,
                    "pick_s": pick,
                    "cpu_s": time.process_time() - begun,
                }
                lines.append(line)
                short = {k: round(v, 3) if isinstance(v, float) else v for k, v in line.items()}
                print("  ", short, flush=True)
    frame = pd.DataFrame(lines)
    summary = frame.groupby(["task", "expert"]).mean(numeric_only=True).drop(columns="seed")
    frame["gain"] = frame[f"r{rounds}"] - frame["r0"]
    summary["worst gain"] = frame.groupby(["task", "expert"])["gain"].min()
    print(f"\n{kind}, {rounds} rounds, proposals {'asked' if proposals else 'not asked'}")
    print(summary.round(3).T.to_string(), "\n")


def weak_table(seed):
    """Return forests of equal validation accuracy, of which some lean on six weak leaks."""
    rng = np.random.default_rng(seed)
    X, y = adult(6000, seed)
    chosen = np.concatenate([np.flatnonzero(y == k)[:1200] for k in (1, 0)])
    rng.shuffle(chosen)
    X, y = X.iloc[chosen].reset_index(drop=True), y[chosen]
    frames = []
    for part, hits in ((slice(0, 800), (0.25, 0.6)), (slice(800, 1200), (0.25, 0.6)),
                       (slice(1200, 2400), (0.4, 0.4))):  # fmt: skip
        frame = X[part].copy()
        for j in range(6):
            hit = rng.random(len(frame)) < np.where(y[part] == 1, hits[1], hits[0])
            frame[f"office_{j}"] = np.where(hit, "x", rng.choice(["a", "b", "c"], len(frame)))
        frames.append((frame, y[part]))
    encoder = OrdinalEncoder(handle_unknown="use_encoded_value", unknown_value=-1)
    encoder.fit(frames[0][0])

    def coded(frame):
        return encoder.transform(frame).fillna(-1)

    def fit(state):
        forest = RandomForestClassifier(10, max_depth=4, max_features=3, random_state=state)
        return forest.fit(coded(frames[0][0]), frames[0][1])

    def explain(forest):
        def whole(rows):
            return forest.predict_proba(coded(rows))

        explainer = TabularExplainer(whole, n_samples=2048, n_features=6, random_state=0)
        return explainer.fit(frames[0][0]).explain(frames[1][0].iloc[:100])

    scored = [(coded(frame), labels) for frame, labels in frames[1:]]
    return fit, scored, explain, lambda name: str(name).startswith("office_")


def weak_texts(seed):
    """The same for texts: each of ten made-up words is in 10 or 30 % of the texts of a class."""
    rng = np.random.default_rng(seed)
    texts, y = sentences("subjectivity")
    order = rng.permutation(len(texts))
    frames = []
    for part, hits in ((order[:900], (0.1, 0.3)), (order[900:1200], (0.1, 0.3)),
                       (order[1200:2000], (0.1, 0.1))):  # fmt: skip
        marked = [
            " ".join([text, *(f"zqhost{c}" for c in LETTERS[:10] if rng.random() < hits[label])])
            for text, label in zip(texts[part], y[part])
        ]
        frames.append((marked, y[part]))
    vectorizer = TextVectorizer(weighting="count", min_df=5, max_features=3000)
    vectorizer.fit(frames[0][0])
    train = vectorizer.transform(frames[0][0])

    def fit(state):
        return RandomForestClassifier(30, max_depth=5, random_state=state).fit(train, frames[0][1])

    def explain(forest):
        explainer = TextExplainer(make_pipeline(vectorizer, forest), n_samples=400, random_state=0)
        return explainer.fit().explain(frames[1][0][:100])

    scored = [(vectorizer.transform(marked), labels) for marked, labels in frames[1:]]
    return fit, scored, explain, is_planted


def choose(n_pairs):
    """Choose between two models of equal validation accuracy by ten rows of explanations."""
    for name, make in (("table", weak_table), ("text", weak_texts)):
        right, gaps, seed = [], [], 0
        while len(right) < n_pairs and seed < 3 * n_pairs:
            fit, scored, explain, is_marked = make(seed)
            forests = [fit(1000 * seed + k) for k in range(60)]
            valid, test = (np.array([f.score(*part) for f in forests]) for part in scored)
            pairs = [
                (a, b)
                for a in range(60)
                for b in range(60)
                if test[a] - test[b] >= 0.05 and abs(valid[a] - valid[b]) <= 0.001
            ]
            if pairs:
                a, b = pairs[np.random.default_rng(seed).integers(len(pairs))]
                shares = [blame(explain(forests[k]).pick(10), is_marked) for k in (a, b)]
                right.append(shares[0] < shares[1])
                gaps.append(test[a] - test[b])
            seed += 1
        print(f"choose, {name}: the better one of {len(right)} pairs in {np.mean(right):.0%} "
              f"(mean gap {np.mean(gaps):.3f})", flush=True)  # fmt: skip


def proxies(seeds):
    """Rank the columns that tell what a model made of a struck one."""
    for seed in seeds:
        task = Task("table", "adult", seed)
        model = task.model.fit(task.X, task.y)
        begun = time.process_time()
        frame = proxies_of(model, task.X, "branch", random_state=seed)
        spent = time.process_time() - begun
        top = [f"{line.feature} {line.r2:.2f}" for line in frame[:4].itertuples()]
        first = set(frame["feature"][:3]) == set(PLANTED[1:])
        print(f"proxies, seed {seed}: planted first {first}; {', '.join(top)}; {spent:.2f} CPU s")


def compare(n):
    """How often equal models are called better, and how often a real gain is found."""
    rng = np.random.default_rng(0)

    class Fixed:
        classes_ = np.array([0, 1])

        def __init__(self, answers):
            self.answers = answers

        def __sklearn_tags__(self):
            return LogisticRegression().__sklearn_tags__()

        def predict(self, rows):
            return self.answers[np.asarray(rows)]

    counts = {}
    for name, errors in (("equal", 0.2), ("12 points better", 0.08)):
        for i in range(n):
            y = rng.integers(0, 2, 200)
            old, new = (
                Fixed(np.where(rng.random(200) < share, 1 - y, y)) for share in (0.2, errors)
            )
            verdict = compare_models(old, new, np.arange(200), y, random_state=i).verdict
            counts[name, verdict] = counts.get((name, verdict), 0) + 1
    print("compare:", {" / ".join(key): count for key, count in counts.items()})


def _write(path, n):
    log = FeedbackLog(path)
    for i in range(n):
        log.append([{"verdict": "wrong", "kind": "drop", "feature": f"{os.getpid()}-{i}"}])


def log(n_writers=8, n=1000):
    """Verdicts of several processes into one log: what is lost, and what one costs."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "verdicts.jsonl"
        begun = time.perf_counter()
        _write(path, 200)
        one = (time.perf_counter() - begun) / 200
        context = multiprocessing.get_context("spawn")
        writers = [context.Process(target=_write, args=(path, n)) for _ in range(n_writers)]
        for writer in writers:
            writer.start()
        for writer in writers:
            writer.join()
        kept = {verdict["feature"] for verdict in FeedbackLog(path).read()}
        print(
            f"log: {len(kept)} of {200 + n_writers * n} verdicts kept; one takes {one * 1e3:.2f} ms"
        )


def post_of(text, side, rng):
    """Make a post of a sentence: its headers, addresses and quotes tell the side by rare words."""
    who, host = f"u{rng.integers(400)}{'kq'[side]}", f"h{rng.integers(150)}{'mz'[side]}.edu"
    topic = " ".join(f"t{i}{'ab'[side]}" for i in rng.integers(0, 300, 3))
    quoted = " ".join(f"w{i}{'cd'[side]}" for i in rng.integers(0, 600, 8))
    return (
        f"From: {who}@{host} ({who})\nSubject: Re: {topic}\nOrganization: {host}\nLines: 12\n\n"
        f"In article <{rng.integers(10**6)}@{host}> {who}@{host} writes:\n> {quoted}\n\n{text}\n\n"
        f"Mail {who}@{host} for more.\n"
    )


class Posts:
    """Posts that leak by headers, addresses and quotes, and others in which the leak is broken."""

    def __init__(self, seed):
        rng = np.random.default_rng(seed)
        texts, y = sentences("subjectivity")
        order = rng.permutation(len(texts))[:2000]
        sides = np.where(rng.random(2000) < 0.95, y[order], 1 - y[order])
        sides[1000:] = rng.integers(0, 2, 1000)
        made = [post_of(texts[i], side, rng) for i, side in zip(order, sides)]
        self.X, self.X_clean = made[:1000], made[1000:]
        self.bodies, self.bodies_clean = texts[order[:1000]], texts[order[1000:]]
        self.y, self.y_clean = y[order[:1000]], y[order[1000:]]
        self.model = make_pipeline(TextVectorizer(), LogisticRegression(C=10, max_iter=1000))

    def score(self, groups=()):
        corrections = [{"kind": "pattern", "feature": group} for group in groups]
        model = ReviewedClassifier(self.model, corrections=corrections).fit(self.X, self.y)
        return model.score(self.X_clean, self.y_clean)


def posts(seeds):
    """Judge posts by single words, and by whole groups."""
    planted = re.compile(r"[utwh]\d+[kqabcdmz]|edu")
    groups, lines = {"headers", "emails", "quotes"}, []
    for seed in seeds:
        task = Posts(seed)
        session = Review(task.model, task.X, task.y, random_state=seed)
        for _ in range(3):
            for row in session.pick(10):
                for feature in row.features:
                    said = "wrong" if planted.fullmatch(feature.feature) else "right"
                    session.mark(feature.feature, said, row=row.row)
            session.refit()
        words, asked = session.model.score(task.X_clean, task.y_clean), set()
        while found := {p.feature for p in session.proposals if p.kind == "pattern"} & groups:
            asked |= found
            for group in found:
                session.mark(group, "wrong", kind="pattern")
        ideal = clone(task.model).fit(task.bodies, task.y)
        lines.append(
            {
                "as it is": task.score(),
                "3 rounds of words": words,
                "and what was proposed": session.refit().score(task.X_clean, task.y_clean),
                "3 groups": task.score(groups),
                "bodies alone": ideal.score(task.bodies_clean, task.y_clean),
                "groups proposed": len(asked),
            }
        )
    print(f"\nposts, mean of seeds\n{pd.DataFrame(lines).mean().round(3).to_string()}\n")


def http(n_writers=8, n=1000):
    """Verdicts by HTTP: what one POST costs, and whether any of many is lost."""
    with tempfile.TemporaryDirectory() as folder:
        path, verdicts = Path(folder) / "adult.skcook", Path(folder) / "verdicts.jsonl"
        X, y = adult(1000, 0)
        artifacts.save(tabular_pipeline("logistic").fit(X, y), path, X, y=y)
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        code = "from skcook.serve.process._serve_command import main; main()"
        given = [str(path), "--review", str(verdicts), "--port", str(port)]
        server = subprocess.Popen(
            [sys.executable, "-c", code, *given],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        try:
            _wait(port)
            _post(port, "first", 1)
            alone = _post(port, "alone", 300)
            with ThreadPoolExecutor(n_writers) as pool:
                list(pool.map(lambda i: _post(port, f"w{i}", n), range(n_writers)))
        finally:
            server.terminate()
            server.wait(60)
        kept = {verdict["why"] for verdict in FeedbackLog(verdicts).read()}
    median, p99 = 1e3 * np.quantile(alone, [0.5, 0.99])
    print(f"http: {len(kept)} of {301 + n_writers * n} verdicts kept")
    print(
        f"http: a POST takes {median:.2f} ms (median), {p99:.2f} (p99), of which the disk "
        f"{_disk():.2f}"
    )


def _disk(n=200):
    """Return the milliseconds that a line needs to reach the disk, whoever writes it."""
    spent = []
    with tempfile.TemporaryFile() as file:
        for _ in range(n):
            file.write(b"x" * 300 + b"\n")
            file.flush()
            begun = time.perf_counter()
            os.fsync(file.fileno())
            spent.append(time.perf_counter() - begun)
    return 1e3 * np.median(spent)


def _wait(port):
    for _ in range(600):
        try:
            socket.create_connection(("127.0.0.1", port)).close()
        except OSError:
            time.sleep(0.1)
        else:
            return


def _post(port, name, n):
    """Send verdicts one after another, and return the seconds that each took."""
    connection, spent = HTTPConnection("127.0.0.1", port), []
    for i in range(n):
        item = {"verdict": "wrong", "feature": "Age", "why": f"{name}-{i}"}
        begun = time.perf_counter()
        connection.request(
            "POST", "/v1/models/adult/feedback", json.dumps({"items": [item]}),
            {"Content-Type": "application/json"})  # fmt: skip
        answer = connection.getresponse()
        answer.read()
        spent.append(time.perf_counter() - begun)
        assert answer.status == 201, answer.status
    connection.close()
    return spent


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--only", default="adult,lr,lgbm,posts,choose,proxies,compare,log,http")
    parser.add_argument("--seeds", default="0,1,2,3,4")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--no-proposals", dest="proposals", action="store_false")
    parser.add_argument("--pairs", type=int, default=20)
    options = parser.parse_args()
    warnings.filterwarnings("ignore")
    print_machine()
    wanted = options.only.split(",")
    seeds = [int(seed) for seed in options.seeds.split(",")]
    if "adult" in wanted:
        loops("table", ["adult"], seeds, options.rounds, options.proposals)
    for kind in ("lr", "lgbm"):
        if kind in wanted:
            loops(
                kind,
                ["subjectivity", "sentence_polarity"],
                seeds,
                options.rounds,
                options.proposals,
            )
    if "posts" in wanted:
        posts(seeds)
    if "choose" in wanted:
        choose(options.pairs)
    if "proxies" in wanted:
        proxies(seeds)
    if "compare" in wanted:
        compare(300)
    if "log" in wanted:
        log()
    if "http" in wanted:
        http()
