"""Which runs of words or characters are terms, and which terms become columns."""

import warnings
from bisect import bisect_left
from numbers import Integral

import numpy as np
from sklearn.feature_extraction.text import CountVectorizer

from skcook.exceptions import SkcookWarning
from skcook.text.engine._token_codes import count_matrix
from skcook.utils._validation import in_words


def check_ngram_range(ngram_range):
    """Raise unless ``ngram_range`` is (min_n, max_n) with 1 <= min_n <= max_n."""
    valid = (
        len(ngram_range) == 2
        and all(isinstance(n, Integral) for n in ngram_range)
        and 1 <= ngram_range[0] <= ngram_range[1]
    )
    if not valid:
        raise ValueError(
            f"ngram_range must be (min_n, max_n) with 1 <= min_n <= max_n; got {ngram_range!r}."
        )


def make_character_analyzer(analyzer, ngram_range):
    """Return a function from a cleaned document to its n-grams of characters."""
    return CountVectorizer(
        analyzer=analyzer, ngram_range=ngram_range, lowercase=False
    ).build_analyzer()


def fit_columns(terms, min_df, max_df, max_features, *, binary=False):
    """Choose the columns of a count matrix, by scikit-learn's rules, and make it.

    Shapes: returns counts (n_documents, n_columns).
    """
    names = sorted(set(terms.names))
    counts = count_matrix(terms, _positions(terms.names, names), len(names))
    if binary:
        counts.data.fill(1)
    least = min_df if isinstance(min_df, Integral) else min_df * terms.n_documents
    most = max_df if isinstance(max_df, Integral) else max_df * terms.n_documents
    if most < least:
        raise ValueError(
            f"max_df={max_df!r} is {most:g} documents and min_df={min_df!r} is {least:g}: no term "
            "can be in between."
        )
    frequencies = np.bincount(counts.indices, minlength=len(names))
    kept = (frequencies >= least) & (frequencies <= most)
    if max_features is not None and kept.sum() > max_features:
        totals = np.bincount(counts.indices, weights=counts.data, minlength=len(names))
        # The same sort as scikit-learn's, so that ties fall the same way.
        best = (-totals[kept].astype(np.int64)).argsort()[:max_features]
        chosen = np.zeros(len(names), dtype=bool)
        chosen[np.flatnonzero(kept)[best]] = True
        kept = chosen
    if not kept.all():
        names = [name for name, keep in zip(names, kept.tolist(), strict=True) if keep]
        counts = counts[:, np.flatnonzero(kept)]
    return counts, names


def find_columns(terms, names, *, is_sorted=True):
    """Return the column of each term, -1 where it has none."""
    return find_names(terms.names, names, is_sorted=is_sorted)


def find_names(terms, names, *, is_sorted=True):
    """Return the column of each of a list of terms, -1 where it has none."""
    if len(terms) * 16 > len(names) or not is_sorted:
        return _positions(terms, names)
    # For the few words of a request, a dict of all names is far more work than to look them up.
    columns = np.full(len(terms), -1, dtype=np.int64)
    for i, name in enumerate(terms):
        column = bisect_left(names, name)
        if column < len(names) and names[column] == name:
            columns[i] = column
    return columns


def read_vocabulary(vocabulary):
    """Return the terms of a given vocabulary, in the order of their columns."""
    if isinstance(vocabulary, str):
        raise ValueError(
            f"vocabulary is the string {vocabulary!r}; a list of terms is expected. "
            f"Use [{vocabulary!r}]."
        )
    if isinstance(vocabulary, dict):
        columns = sorted(vocabulary.values())
        if columns != list(range(len(columns))):
            raise ValueError(
                "vocabulary must give each term a column of its own, 0 to "
                f"{len(columns) - 1}; got the columns {in_words(columns, limit=10)}."
            )
        terms = sorted(vocabulary, key=vocabulary.__getitem__)
    else:
        is_set = isinstance(vocabulary, set | frozenset)
        terms = sorted(vocabulary) if is_set else list(vocabulary)
    if not terms:
        raise ValueError("vocabulary is empty; give at least one term, or None to learn them.")
    wrong = [term for term in terms if not isinstance(term, str)]
    if wrong:
        raise ValueError(f"vocabulary must hold strings; got {in_words(wrong, limit=3)}.")
    seen = set()
    twice = sorted({term for term in terms if term in seen or seen.add(term)})
    if twice:
        raise ValueError(f"vocabulary holds {in_words(twice, limit=5)} more than once.")
    return terms


def _positions(terms, names):
    position = dict(zip(names, range(len(names)), strict=True))
    return np.array([position.get(name, -1) for name in terms], dtype=np.int64)


def warn_of_stop_words(stop_words, recipe, tokens):
    """Warn of stop words, given as a list, that no word can equal: stems, or not one token."""
    if stop_words is None or isinstance(stop_words, str) or recipe.word is None:
        return
    lowered = {token.lower() for token in recipe.untagged(tokens)}
    unseen = {word for word in recipe.given_stop_words if word not in lowered}
    if not unseen:
        return
    stems = sorted(unseen.intersection(map(recipe.word.__getitem__, tokens)))
    if stems:
        warnings.warn(
            f"stop_words holds {in_words(stems, limit=5)}, which are no words of the documents "
            "but what stemming or lemmatizing makes of some: stop words are compared before that. "
            "Give the words themselves.",
            SkcookWarning,
            stacklevel=4,
        )
    if recipe.tokenizer.pattern is None:
        return
    cut = sorted(word for word in unseen if recipe.tokenizer.one(word) != [word])
    if cut:
        warnings.warn(
            f"stop_words holds {in_words(cut, limit=5)}, which the tokenizer never gives as one "
            "word, so they leave nothing out. Give the words that it finds.",
            SkcookWarning,
            stacklevel=4,
        )


def no_terms_message(documents, tokens, where):
    """Say why no terms are left of documents."""
    if not tokens:
        return (
            f"The {len(documents)} documents{where} hold no words that the tokenizer finds; they "
            f"begin with {in_words(documents, limit=3)}."
        )
    return (
        f"No terms are left of the {len(tokens)} distinct words{where}, such as "
        f"{in_words(tokens, limit=5)}: stop_words, punctuation, ngram_range, min_df and "
        "max_df leave none. Loosen one of them."
    )
