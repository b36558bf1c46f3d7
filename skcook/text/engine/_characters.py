"""Runs of characters as terms, those of scikit-learn's vectorizers."""

from sklearn.feature_extraction.text import CountVectorizer


def make_character_analyzer(analyzer, ngram_range):
    """Return a function from a cleaned document to its n-grams of characters."""
    return CountVectorizer(
        analyzer=analyzer, ngram_range=ngram_range, lowercase=False
    ).build_analyzer()
