"""skcook.text against NLTK, scikit-learn, clean-text, pandas and spaCy, on real documents.

    python benchmarks/bench_text.py                              # a smoke run: 2,000 documents
    python benchmarks/bench_text.py --rows 20000                 # docstrings of installed packages
    python benchmarks/bench_text.py --rows 20000 --documents F   # a JSON list of texts

Every case runs in a process of its own, and its output is compared with the peer's before its time
is printed: where both do the same work the outputs are the same, or the run ends. NLTK's data is
used where NLTK_DATA has it; without its sentence model both sides tokenize a document as one
sentence, without its WordNet the row of lemmas has no peer. Peers that are absent are left out.
"""

import argparse
import hashlib
import json
import random
import re
import sysconfig
import warnings
from importlib.util import find_spec
from itertools import product
from pathlib import Path

import numpy as np
import pandas as pd
from _harness import Measurement, measure, print_machine, print_rows
from scipy import sparse
from sklearn.base import clone
from sklearn.feature_extraction.text import TfidfVectorizer

from skcook.text import TextCleaner, TextVectorizer
from skcook.text.words._nltk import NltkWords
from skcook.text.words._stop_words import resolve_stop_words
from skcook.text.words._token_cache import Cache
from skcook.text.words._tokenize import PIECES
from skcook.text.words._word_forms import _wordnet, porter_stem, wordnet_lemma

SKLEARN_TOKENS = r"\b\w\w+\b"
GRID = {"stem": [None, "porter"], "lemmatize": [None, "wordnet"], "stop_words": [None, "english"]}


def installed_documents() -> list[str]:
    """Return the paragraphs of the docstrings of all installed packages, shuffled."""
    found: dict[str, None] = {}
    docstring = re.compile(r'"""(.+?)"""', re.DOTALL)
    for path in sorted(Path(sysconfig.get_paths()["purelib"]).rglob("*.py")):
        for text in docstring.findall(path.read_text("utf-8", errors="replace")):
            found.update(dict.fromkeys(p for p in text.split("\n\n") if len(p) >= 120))
    documents = list(found)
    random.Random(0).shuffle(documents)
    return documents


def digest_text(rows) -> str:
    """Return a hash of nested lists of strings."""
    return hashlib.sha256(json.dumps(rows).encode("utf-8", "surrogatepass")).hexdigest()


def digest_matrix(matrix) -> tuple:
    """Return what tells two matrices apart."""
    matrix.sort_indices()
    return (
        matrix.shape,
        hashlib.sha256(matrix.indices.astype(np.int64).tobytes()).hexdigest(),
        matrix.data,
    )


def same(left, right) -> bool:
    if isinstance(left, list | tuple):
        return len(left) == len(right) and all(map(same, left, right))
    if isinstance(left, np.ndarray):
        return left.shape == right.shape and np.allclose(left, right, rtol=0, atol=1e-10)
    return left == right


def report(title, reach, rows, *, must_agree=True) -> None:
    """Compare the outputs, then print the figures."""
    ours = next(iter(rows))
    for name, row in rows.items():
        compared = must_agree and isinstance(row, Measurement) and name != ours
        if compared and not same(row.result, rows[ours].result):
            raise SystemExit(f"{title}: {name} gives another result than {ours}")
    note = "outputs equal" if must_agree else "outputs differ by design"
    print_rows(f"{title} (reach: {reach}; {note})", ours, rows)


# Tokens


def tokens(documents, has_punkt) -> None:
    import nltk

    nltk.word_tokenize("Warm.", preserve_line=not has_punkt)
    rows = {
        "skcook, cold": measure(
            lambda words: list(words.many(documents)),
            setup=lambda: NltkWords("english"),
            digest=digest_text,
            repeats=1,
        ),
        "skcook, warm": measure(
            lambda words: list(words.many(documents)),
            setup=lambda: NltkWords("english"),
            warm=lambda words: list(words.many(documents)),
            digest=digest_text,
        ),
        "nltk.word_tokenize": measure(
            lambda _: [nltk.word_tokenize(d, preserve_line=not has_punkt) for d in documents],
            digest=digest_text,
            repeats=1,
        ),
    }
    what = "with" if has_punkt else "without"
    report(f"tokenizer='nltk', {what} the sentence model", "3x cold, 5x warm", rows)


# Words


def stems(words) -> None:
    from nltk.stem import PorterStemmer

    stem = PorterStemmer().stem
    rows = {
        "skcook": measure(lambda _: _cached(porter_stem, words), digest=digest_text),
        "one PorterStemmer": measure(
            lambda _: [[stem(w) for w in some] for some in words], digest=digest_text, repeats=1
        ),
        "the cookbook: one per word": measure(
            lambda _: [[PorterStemmer().stem(w) for w in some] for some in words],
            digest=digest_text,
            repeats=1,
        ),
    }
    report("stemming ready words", "10x / 14x", rows)


def _cached(function, words):
    cache = Cache(function).__getitem__
    return [list(map(cache, some)) for some in words]


def lemmas(words, has_wordnet) -> None:
    from nltk.stem import WordNetLemmatizer

    def ours(_):
        _wordnet.cache_clear()
        return _cached(wordnet_lemma, words)

    rows = {
        "skcook, load included": measure(ours, digest=digest_text),
        "skcook, load alone": measure(lambda _: _wordnet.cache_clear() or len(_wordnet())),
    }
    if has_wordnet:
        rows["WordNetLemmatizer, load included"] = measure(
            lambda _: [[WordNetLemmatizer().lemmatize(w) for w in some] for some in words],
            digest=digest_text,
            repeats=1,
        )
    load = rows.pop("skcook, load alone")
    report("lemmatizing ready words", "10x, load < 0.2 s", rows)
    print(f"  the table loads in {load.cpu:.3f} CPU s and holds {load.peak_mb:.0f} MB")


# Vectors


def stem_callback():
    from nltk.stem import PorterStemmer

    stem = PorterStemmer().stem
    return lambda text: [stem(word) for word in PIECES.findall(text)]


def vectors(documents) -> None:
    rows = {
        "skcook": measure(
            lambda v: v.fit_transform(documents),
            setup=lambda: TextVectorizer(stem="porter", apostrophes="split"),
            warm=lambda v: clone(v).fit(documents[:200]),
            digest=digest_matrix,
            repeats=1,
        ),
        "TfidfVectorizer, stemming tokenizer": measure(
            lambda v: v.fit_transform(documents),
            setup=lambda: TfidfVectorizer(tokenizer=stem_callback(), token_pattern=None),
            digest=digest_matrix,
            repeats=1,
        ),
    }
    report("stemmed TF-IDF, fit_transform", "10x", rows)
    for settings in ({}, {"ngram_range": (1, 2)}):
        rows = {
            "skcook": measure(
                lambda v: TextVectorizer(tokenizer=SKLEARN_TOKENS, **settings).fit_transform(v),  # noqa: B023
                setup=lambda: documents,
                warm=lambda v: TextVectorizer(tokenizer=SKLEARN_TOKENS).fit_transform(v[:200]),
                digest=digest_matrix,
                repeats=3,
            ),
            "TfidfVectorizer": measure(
                lambda v: TfidfVectorizer(**settings).fit_transform(v),  # noqa: B023
                setup=lambda: documents,
                warm=lambda v: TfidfVectorizer().fit_transform(v[:200]),
                digest=digest_matrix,
                repeats=3,
            ),
        }
        report(f"plain TF-IDF, fit_transform, {settings or 'words'}", "never slower", rows)
    some = documents[: len(documents) // 20]
    rows = {
        name: measure(
            lambda v: sparse.vstack([v.transform([document]) for document in some]),
            setup=lambda cls=cls, kwargs=kwargs: cls(**kwargs).fit(documents[len(some) :]),
            warm=lambda v: v.transform(documents[-1:]),
            digest=digest_matrix,
            repeats=1,
        )
        for name, cls, kwargs in [
            ("skcook", TextVectorizer, {"tokenizer": SKLEARN_TOKENS}),
            ("TfidfVectorizer", TfidfVectorizer, {}),
        ]
    }
    report(f"plain TF-IDF of {len(some)} documents, one at a time", "no reach set", rows)


def grid(documents, lemmatize) -> None:
    """Eight settings, each fitted on all documents, as the candidates of a grid search are."""
    from nltk.stem import PorterStemmer

    candidates = [dict(zip(GRID, values, strict=True)) for values in product(*GRID.values())]

    def callback(stem=None, lemmatize=None, stop_words=None):
        dropped = resolve_stop_words(stop_words)
        steps = [lemmatizer] if lemmatize else []
        steps += [PorterStemmer().stem] if stem else []

        def tokenize(text):
            found = [word for word in PIECES.findall(text) if word not in dropped]
            for step in steps:
                found = [step(word) for word in found]
            return found

        return tokenize

    lemmatizer = lemmatize

    def theirs(_):
        matrices = []
        for settings in candidates:
            vectorizer = TfidfVectorizer(tokenizer=callback(**settings), token_pattern=None)
            matrices.append(vectorizer.fit_transform(documents))
        return matrices

    def ours(base):
        return [clone(base).set_params(**s).fit_transform(documents) for s in candidates]

    rows = {
        "skcook": measure(
            ours,
            setup=lambda: TextVectorizer(apostrophes="split"),
            digest=lambda found: [digest_matrix(matrix) for matrix in found],
            repeats=1,
        ),
        "TfidfVectorizer with callbacks": measure(
            theirs,
            digest=lambda found: [digest_matrix(matrix) for matrix in found],
            repeats=1,
        ),
    }
    report("grid of 8 settings: stem x lemmatize x stop_words", "15x", rows)


def masks(documents) -> None:
    """5,000 masks of one document: what an explanation asks for."""
    vectorizer = TextVectorizer(stem="porter", stop_words="english").fit(documents[:2000])
    document = max(documents[:500], key=lambda text: len(text) if len(text) < 800 else 0)
    words = vectorizer.split_words(document)
    keep = np.random.default_rng(0).random((5000, len(words))) < 0.5
    texts = [" ".join(w for w, k in zip(words, row, strict=True) if k) for row in keep.tolist()]
    rows = {
        "skcook, transform_masked": measure(
            lambda v: v.transform_masked(document, keep),
            setup=lambda: vectorizer,
            digest=digest_matrix,
        ),
        "skcook, transform of 5,000 texts": measure(
            lambda v: v.transform(texts), setup=lambda: vectorizer, digest=digest_matrix, repeats=1
        ),
    }
    report(f"5,000 masks of a document of {len(words)} words", "no reach set", rows)


# Cleaning


def cleaning(documents) -> None:
    ours = TextCleaner(
        urls="drop", emails="drop", numbers="drop", punctuation="space", stop_words="english"
    ).fit(documents[:1])
    punctuation = re.escape(r"""!"#$%&'()*+,-./:;<=>?@[\]^_`{|}~""")
    stop_words = resolve_stop_words("english")
    stop = re.compile(rf"\b(?:{'|'.join(sorted(stop_words, key=len, reverse=True))})\b")

    def chained(series):
        series = series.str.lower()
        series = series.str.replace(r"https?://\S+|www\.\S+", " ", regex=True)
        series = series.str.replace(r"\S+@\S+\.\S+", " ", regex=True)
        series = series.str.replace(r"\b\d+(?:[.,]\d+)*\b", " ", regex=True)
        series = series.str.replace(f"[{punctuation}]", " ", regex=True)
        series = series.str.replace(stop, " ", regex=True)
        return series.str.replace(r"\s+", " ", regex=True).str.strip()

    rows = {
        "skcook": measure(
            lambda cleaner: cleaner.transform(documents),
            setup=lambda: ours,
            digest=len,
        ),
        "pandas string methods (object)": measure(
            chained,
            setup=lambda: pd.Series(documents, dtype=object),
            digest=len,
        ),
        "pandas string methods (str)": measure(
            chained,
            setup=lambda: pd.Series(documents, dtype="str"),
            digest=len,
        ),
    }
    if find_spec("cleantext"):
        import cleantext

        rows["clean-text"] = measure(
            lambda _: [
                cleantext.clean(d, no_urls=True, no_emails=True, no_numbers=True, no_punct=True)
                for d in documents
            ],
            digest=len,
            repeats=1,
        )
    if find_spec("spacy"):
        import spacy

        def pipe(blank):
            return [
                " ".join(
                    t.lower_
                    for t in document
                    if not (t.is_stop or t.is_punct or t.like_url or t.like_email or t.like_num)
                )
                for document in blank.pipe(documents)
            ]

        rows["spaCy, blank pipeline"] = measure(
            pipe, setup=lambda: spacy.blank("en"), digest=len, repeats=1
        )
    title = "cleaning: case, links, addresses, numbers, punctuation, stop words"
    report(title, "10x clean-text", rows, must_agree=False)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--rows", type=int, default=2000, help="number of documents")
    parser.add_argument("--documents", type=Path, help="a JSON list of texts")
    arguments = parser.parse_args()
    if arguments.documents:
        documents = json.loads(arguments.documents.read_text("utf-8"))[: arguments.rows]
    else:
        documents = installed_documents()[: arguments.rows]
    words = [PIECES.findall(d.lower()) for d in documents]
    n_words = sum(map(len, words))
    print_machine("nltk", "scikit-learn", "pandas", "clean-text", "spacy")
    print(
        f"{len(documents):,} documents, {sum(map(len, documents)) / 1e6:.2f} MB, "
        f"{n_words:,} words, "
        f"{len({w for some in words for w in some}):,} distinct"
    )
    warnings.simplefilter("ignore")

    import nltk

    has = {}
    for name in ("tokenizers/punkt_tab/english", "corpora/wordnet"):
        try:
            has[name] = bool(nltk.data.find(name))
        except LookupError:
            has[name] = False
    tokens(documents, has["tokenizers/punkt_tab/english"])
    stems(words)
    lemmas(words, has["corpora/wordnet"])
    vectors(documents)
    # Without NLTK's WordNet the peer gets skcook's function, which is faster than NLTK's.
    lemmatize = nltk.stem.WordNetLemmatizer().lemmatize if has["corpora/wordnet"] else wordnet_lemma
    if has["corpora/wordnet"]:
        lemmatize("warm")
    grid(documents, lemmatize)
    masks(documents)
    cleaning(documents)


if __name__ == "__main__":
    main()
