"""TextExplainer and ImageExplainer against lime, in one run: CPU time, weights, and recall.

python benchmarks/bench_explain_text_image.py            # the tables of the user guide
python benchmarks/bench_explain_text_image.py --smoke    # seconds
"""

import argparse
import importlib
import inspect
import pkgutil
import warnings

import numpy as np
from _harness import measure, print_machine, print_rows
from sklearn.feature_extraction.text import CountVectorizer, HashingVectorizer, TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import train_test_split
from sklearn.pipeline import make_pipeline, make_union
from sklearn.tree import DecisionTreeClassifier

from skcook.explain import ImageExplainer, TextExplainer
from skcook.text import TextVectorizer


def corpus(seed=0):
    rng = np.random.default_rng(seed)
    words = np.array([f"word{i:03d}x" for i in range(1000)])
    effect = rng.normal(size=1000) * (rng.random(1000) < 0.1)
    drawn = [rng.integers(0, 1000, rng.integers(50, 300)) for _ in range(600)]
    y = np.array([effect[ids].sum() > 0 for ids in drawn]).astype(int)
    return words, [" ".join(words[ids]) for ids in drawn], y


def quadrants(image):
    rows, columns = (np.arange(length) * 6 // length for length in image.shape[:2])
    return 6 * rows[:, None] + columns


def brightness(images):
    score = images[:, 50:120, 50:120].mean(axis=(1, 2, 3)) / 255
    return np.column_stack([1 - score, score])


def bench_text(n_words, n_samples, repeats):
    words, texts, y = corpus()
    document = " ".join(words[:n_words])
    plain = make_pipeline(TfidfVectorizer(), LogisticRegression(C=10)).fit(texts, y)
    masked = make_pipeline(TextVectorizer(), LogisticRegression(C=10)).fit(texts, y)

    def ours(model):
        explainer = TextExplainer(
            model, n_samples=n_samples, n_features=10, alpha=1.0, random_state=0
        ).fit()
        return lambda: explainer.explain([document], targets=[1])[0]

    def lime():
        from lime.lime_text import LimeTextExplainer

        explainer = LimeTextExplainer(random_state=0)
        return lambda: explainer.explain_instance(
            document, plain.predict_proba, num_features=10, num_samples=n_samples
        )

    def floor():
        words_of, rng = document.split(), np.random.default_rng(0)
        half = [
            " ".join(w for w, k in zip(words_of, rng.random(n_words) < 0.5, strict=True) if k)
            for _ in range(n_samples)
        ]
        return lambda: plain.predict_proba(half)

    def weights(item):
        return {f.feature: f.weight for f in item.features}

    def run(setup, digest=None):
        return measure(
            lambda call: call(), setup=setup, warm=lambda call: call(), digest=digest,
            repeats=repeats,
        )  # fmt: skip

    rows = {
        "skcook, TextVectorizer (masked)": run(lambda: ours(masked), weights),
        "skcook, TfidfVectorizer": run(lambda: ours(plain), weights),
        "lime, TfidfVectorizer": run(lime, lambda e: dict(e.as_list())),
        "floor: the model's calls alone": run(floor),
    }
    print_rows(
        f"Text, {n_words} words, {n_samples} samples", "skcook, TextVectorizer (masked)", rows
    )
    ours_, peer = (rows[name].result for name in list(rows)[1:3])
    both = sorted(set(ours_) & set(peer))
    close = np.corrcoef([ours_[w] for w in both], [peer[w] for w in both])[0, 1]
    print(f"  of 10 words {len(both)} are lime's too; correlation of their weights {close:.3f}")


def bench_vectorizers(n_words, n_samples):
    """Time one text with every vectorizer, against lime with the same model."""
    from lime.lime_text import LimeTextExplainer

    words, texts, y = corpus()
    document = " ".join(words[:n_words])
    pairs, signs = {"ngram_range": (1, 2)}, {"ngram_range": (2, 4)}
    vectorizers = {
        "TfidfVectorizer": TfidfVectorizer(),
        "TextVectorizer": TextVectorizer(),
        "HashingVectorizer": HashingVectorizer(n_features=2**16),
        "TfidfVectorizer, pairs": TfidfVectorizer(**pairs),
        "TextVectorizer, pairs": TextVectorizer(**pairs),
        "TfidfVectorizer, char_wb": TfidfVectorizer(analyzer="char_wb", **signs),
        "TfidfVectorizer, char": TfidfVectorizer(analyzer="char", **signs),
        "two in a FeatureUnion": make_union(
            TfidfVectorizer(), TfidfVectorizer(analyzer="char_wb", ngram_range=(3, 3))
        ),
    }
    print(f"\nOne text of {n_words} words, {n_samples} samples, the same model (CPU seconds)")
    for name, vectorizer in vectorizers.items():
        model = make_pipeline(vectorizer, LogisticRegression(C=10)).fit(texts, y)
        ours = TextExplainer(model, n_samples=n_samples, alpha=1.0, random_state=0).fit()
        theirs = LimeTextExplainer(random_state=0)
        mine = measure(lambda call: call(), setup=lambda o=ours: lambda: o.explain([document]))
        peer = measure(
            lambda call: call(),
            setup=lambda e=theirs, m=model: (
                lambda: e.explain_instance(document, m.predict_proba, num_samples=n_samples)
            ),
            repeats=1,
        )
        print(
            f"  {name:<26}{mine.cpu:>9.4f}{peer.cpu:>9.3f}{peer.cpu / mine.cpu:>8.1f}x", flush=True
        )


def bench_image(side, n_samples, repeats):
    image = np.random.default_rng(0).integers(0, 255, (side, side, 3)).astype(np.uint8)

    def ours():
        explainer = ImageExplainer(
            brightness, segmenter=quadrants, n_samples=n_samples, alpha=1.0, hide_color=0,
            random_state=0,
        ).fit()  # fmt: skip
        return lambda: explainer.explain([image], targets=[1])[0]

    def lime():
        from lime.lime_image import LimeImageExplainer

        explainer = LimeImageExplainer(random_state=0)
        return lambda: explainer.explain_instance(
            image, brightness, labels=(1,), top_labels=None, segmentation_fn=quadrants,
            num_samples=n_samples, hide_color=0,
        )  # fmt: skip

    def floor():
        images = np.repeat(image[None], 100, axis=0)
        return lambda: [brightness(images) for _ in range(n_samples // 100)]

    def run(setup, digest=None):
        return measure(lambda call: call(), setup=setup, digest=digest, repeats=repeats)

    rows = {
        "skcook": run(ours, lambda e: {f.value: f.weight for f in e.features}),
        "lime": run(lime, lambda e: dict(e.local_exp[1])),
        "floor: the model's calls alone": run(floor),
    }
    print_rows(f"Image {side} x {side}, {n_samples} samples, 36 segments", "skcook", rows)
    a, b = ([rows[name].result[j] for j in range(36)] for name in ("skcook", "lime"))
    print(f"  correlation of the weights {np.corrcoef(a, b)[0, 1]:.4f}")


def docstrings(package):
    """Return the description of every public function and class of a package, without its name."""
    found = {}
    root = importlib.import_module(package).__path__
    for _, module, _ in pkgutil.walk_packages(root, f"{package}."):
        if any(part[0] == "_" or part == "tests" for part in module.split(".")):
            continue
        try:
            members = vars(importlib.import_module(module))
        except Exception:  # a module that needs what is not installed
            continue
        for name, member in members.items():
            text = inspect.getdoc(member) if callable(member) and name[0] != "_" else None
            if text and str(getattr(member, "__module__", "")).startswith(package):
                text = text.split("\nExamples\n")[0]
                if len(text.split()) >= 50:
                    found[" ".join(text.split()[:150])] = None
    return list(found)


def greedy(model, document, target, k):
    """Leave out the word that lowers the target's probability most, k times."""
    words, chosen = document.split(), []
    for _ in range(k):
        left = list(dict.fromkeys(words))
        texts = [" ".join(w for w in words if w != word) for word in left]
        worst = left[int(model.predict_proba(texts)[:, target].argmin())]
        chosen.append(worst)
        words = [w for w in words if w != worst]
        if not words:
            break
    return chosen


def bench_recall(n_documents, n_samples):
    """Count the words that a sparse model truly uses among the 10 shown, as LIME's paper does."""
    from lime.lime_text import LimeTextExplainer

    texts = {package: docstrings(package) for package in ("scipy", "sklearn")}
    y = np.repeat([0, 1], [len(part) for part in texts.values()])
    # A word is what a pattern of letters finds, for every method the same; the packages name
    # themselves and each other.
    words_of = CountVectorizer(token_pattern=r"[a-z]{2,}").build_analyzer()
    names = {"scipy", "sklearn", "scikit", "numpy", "ndarray"}
    documents = [
        " ".join(word for word in words_of(text) if word not in names)
        for part in texts.values()
        for text in part
    ]
    train, held_back, y_train, y_test = train_test_split(
        documents, y, test_size=0.3, random_state=0
    )
    test = held_back[:n_documents]
    models = {
        "L1 logistic": LogisticRegression(l1_ratio=1, C=0.1, solver="liblinear", random_state=0),
        "tree": DecisionTreeClassifier(max_depth=10, min_samples_leaf=5, random_state=0),
    }
    print(
        f"\nRecall at 10 of the words truly used: presence of words in docstrings of scipy and "
        f"sklearn\n({len(train)} to learn from, {len(test)} explained, {n_samples} samples)"
    )
    rows, accuracy = {}, {}
    for kind, classifier in models.items():
        vectorizer = CountVectorizer(binary=True, token_pattern=r"\w+")
        model = make_pipeline(vectorizer, classifier).fit(train, y_train)
        vocabulary = vectorizer.get_feature_names_out()
        accuracy[kind] = model.score(held_back, y_test)
        settings = {"n_samples": n_samples, "n_features": 10, "random_state": 0}
        explainers = {
            "TextExplainer": TextExplainer(model, **settings).fit(),
            "TextExplainer, iid": TextExplainer(model, **settings, sampling="iid").fit(),
        }
        lime, rng = LimeTextExplainer(random_state=0), np.random.default_rng(0)
        for document in test:
            present = set(document.split())
            if kind == "tree":
                path = classifier.decision_path(vectorizer.transform([document])).indices
                used = vocabulary[classifier.tree_.feature[path[:-1]]]
            else:
                used = vocabulary[np.flatnonzero(classifier.coef_[0])]
            used = present & set(used)
            if not used:
                continue
            target = int(model.predict([document])[0])
            found = {
                name: [f.feature for f in explainer.explain([document])[0].features]
                for name, explainer in explainers.items()
            }
            theirs = lime.explain_instance(
                document, model.predict_proba, labels=(target,), num_samples=n_samples
            )
            found["lime"] = [word for word, _ in theirs.as_list(target)]
            found["greedy"] = greedy(model, document, target, 10)
            found["random"] = rng.permutation(sorted(present))[:10].tolist()
            for name, shown in found.items():
                share = len(used & set(shown)) / min(len(used), 10)
                rows.setdefault(name, {}).setdefault(kind, []).append(share)
    print(f"  {'':<22}" + "".join(f"{kind:>14}" for kind in models))
    for name, kinds in rows.items():
        print(f"  {name:<22}" + "".join(f"{np.mean(kinds[kind]):>14.3f}" for kind in models))
    print(f"  {'accuracy, held back':<22}" + "".join(f"{a:>14.3f}" for a in accuracy.values()))


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--smoke", action="store_true", help="small sizes, seconds")
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--only", choices=["times", "recall"], default=None)
    args = parser.parse_args()
    print_machine("skcook", "lime", "scikit-learn", "numpy")
    if args.only != "recall":
        bench_text(*((40, 500) if args.smoke else (200, 5000)), args.repeats)
        bench_vectorizers(*((40, 500) if args.smoke else (100, 5000)))
        bench_image(*((64, 200) if args.smoke else (224, 1000)), args.repeats)
    if args.only != "times":
        warnings.simplefilter("ignore")  # modules of the packages warn on import
        bench_recall(*((5, 500) if args.smoke else (60, 5000)))


if __name__ == "__main__":
    main()
