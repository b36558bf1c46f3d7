"""
Which words belong together?
============================

"New" and "York" are two words and one thing. :class:`~skcook.text.PhraseJoiner` finds such pairs by
how often they stand together, and :class:`~skcook.text.WordFrequencies` shows what is left.
"""

# %%
# The texts are the docstrings of scikit-learn's own estimators, which are installed already.

import inspect

from sklearn.utils import all_estimators

from skcook.text import PhraseJoiner, TextCleaner, WordFrequencies

texts = [inspect.getdoc(cls).split("\n\nRead more")[0] for _, cls in all_estimators()]
texts = [" ".join(text.split("Parameters\n")[0].split()) for text in texts]
texts = TextCleaner(numbers="drop").fit_transform(texts)
phrases = PhraseJoiner(min_count=4, threshold=20.0, connector_words="english").fit(texts)
sorted(phrases.phrases_)[:12]

# %%
# A document after it: the pair is one word, for everything that counts words later.

print(phrases.transform([texts[0]])[0][:300])

# %%
# What do scikit-learn's summaries speak about?

words = WordFrequencies(stop_words="english").fit(phrases.transform(texts))
words.plot("bar", n_words=15)
