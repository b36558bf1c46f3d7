"""Parts of speech: NLTK's tagger, for lemmas that depend on what a word is in its sentence.

A tagged token is the token with the letter of its part of speech behind it: "sawv" is the verb
"saw". So it is numbered, counted and remembered like any other token, and what becomes of it still
depends on itself alone, although the tag does not.
"""

from skcook.exceptions import MissingDependencyError
from skcook.utils._optional import import_optional

DATA = "averaged_perceptron_tagger_eng"
# The Penn Treebank's tags, by their first letter; all others are nouns to WordNet.
_LETTERS = {"J": "a", "R": "r", "V": "v"}
PARTS_OF_SPEECH = ("n", *_LETTERS.values())


def make_tagger():
    """Return a function from the tokens of a document to tagged tokens.

    The tags are those of ``nltk.pos_tag`` for the same tokens.
    """
    nltk = import_optional("nltk.tag", feature="pos='auto'", extra="text")
    try:
        tagger = nltk.PerceptronTagger()
    except (LookupError, OSError) as exc:
        raise MissingDependencyError(
            f"pos='auto' needs the data of NLTK's tagger ({DATA}), which is not found. Ways out: "
            f"(1) skcook.text.download({DATA!r}); (2) set the environment variable NLTK_DATA to a "
            "folder that holds it, copied from another machine; NLTK refuses folders that others "
            "can write to, so chmod -R go-w FOLDER; (3) use one part of speech for all words, "
            "which needs no data: pos='n', 'v', 'a' or 'r'."
        ) from exc

    def tag(tokens):
        return [token + _LETTERS.get(name[0], "n") for token, name in tagger.tag(tokens)]

    return tag
