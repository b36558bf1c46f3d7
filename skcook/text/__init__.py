"""Clean, count and vectorize text."""

from skcook.text._cleaner import TextCleaner
from skcook.text._frequencies import WordFrequencies
from skcook.text._ngrams import WordNGrams, word_grams
from skcook.text._phrases import PhraseJoiner
from skcook.text._stats import TextStats
from skcook.text._vectorizer import TextVectorizer
from skcook.text.words._nltk import download
from skcook.utils._public import publish

__all__ = [
    "PhraseJoiner",
    "TextCleaner",
    "TextStats",
    "TextVectorizer",
    "WordFrequencies",
    "WordNGrams",
    "download",
    "word_grams",
]

publish(globals())
