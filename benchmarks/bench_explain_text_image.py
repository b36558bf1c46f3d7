"""TextExplainer and ImageExplainer against lime, in one run: CPU time, and the weights compared.

python benchmarks/bench_explain_text_image.py            # the table of the user guide
python benchmarks/bench_explain_text_image.py --smoke    # seconds
"""

import argparse

import numpy as np
from _harness import measure, print_machine, print_rows
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline

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


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--smoke", action="store_true", help="small sizes, seconds")
    parser.add_argument("--repeats", type=int, default=3)
    args = parser.parse_args()
    print_machine("skcook", "lime", "scikit-learn", "numpy")
    bench_text(*((40, 500) if args.smoke else (200, 5000)), args.repeats)
    bench_image(*((64, 200) if args.smoke else (224, 1000)), args.repeats)


if __name__ == "__main__":
    main()
