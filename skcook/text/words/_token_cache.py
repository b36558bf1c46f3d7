"""What an estimator has already worked out, kept beside it.

Every word comes back many times: a stem, a lemma or the tokens of a chunk are worked out once. The
caches belong to one estimator and to those cloned from it (so that a grid search works each word
out once, not once a candidate), and live beside the estimator, not in it: they are no parameters,
are not pickled, and go when the last of the estimators goes. They hold values of pure functions, so
they never change a result, and each is emptied when it is full.

>>> from skcook.text.words._token_cache import Cache
>>> lengths = Cache(len, limit=2)
>>> lengths["word"], lengths["longer"], lengths["full"]
(4, 6, 4)
>>> sorted(lengths)
['full']
"""

import threading
import weakref

#: Entries that one cache holds at most.
LIMIT = 2**18
#: Keys longer than this are worked out each time: they seldom come back, and could fill the memory.
LONGEST_KEY = 200
#: Caches that one estimator holds at most.
MOST_CACHES = 64


class Cache(dict):
    """A dict that fills itself by a function of its keys, and empties itself when it is full."""

    def __init__(self, function, limit=LIMIT):
        super().__init__()
        self.function = function
        self.limit = limit

    def __missing__(self, key):
        value = self.function(key)
        self.keep(key, value)
        return value

    def keep(self, key, value):
        """Keep a value that was worked out elsewhere, within the same bounds."""
        if len(key) <= LONGEST_KEY:
            if len(self) >= self.limit:
                self.clear()
            self[key] = value


class TokenCaches:
    """The caches of an estimator and its clones, by name."""

    def __init__(self):
        self._caches = {}
        self._lock = threading.Lock()

    def get(self, key, make):
        """Return the cache called `key`; make it first where there is none."""
        with self._lock:
            if key not in self._caches:
                if len(self._caches) >= MOST_CACHES:
                    self._caches.clear()
                self._caches[key] = make()
            return self._caches[key]


_CACHES: weakref.WeakKeyDictionary = weakref.WeakKeyDictionary()
_CACHES_LOCK = threading.Lock()


def caches_of(estimator):
    """Return the caches of an estimator."""
    with _CACHES_LOCK:
        return _CACHES.setdefault(estimator, TokenCaches())


class SharedCachesMixin:
    """Lets the clones of an estimator use its caches."""

    def __sklearn_clone__(self):
        clone = super().__sklearn_clone__()
        with _CACHES_LOCK:
            _CACHES[clone] = _CACHES.setdefault(self, TokenCaches())
        return clone
