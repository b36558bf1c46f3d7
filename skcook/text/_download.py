"""NLTK's data, on request."""

from skcook.utils._optional import import_optional

#: Where NLTK keeps the packages that skcook can use.
_RESOURCES = {
    "punkt_tab": "tokenizers/punkt_tab",
    "stopwords": "corpora/stopwords",
    "wordnet": "corpora/wordnet",
    "averaged_perceptron_tagger_eng": "taggers/averaged_perceptron_tagger_eng",
}


def download(*packages, download_dir=None, quiet=True):
    """Download data of NLTK; nothing else in skcook ever does.

    The defaults of ``skcook.text`` need none: stop words of fifteen lists, English lemmas and stems
    ship with it. "punkt_tab" lets ``tokenizer="nltk"`` split sentences, "stopwords" adds languages
    to ``stop_words``, "averaged_perceptron_tagger_eng" lets ``pos="auto"`` tell verbs from nouns.

    Parameters
    ----------
    *packages : str
        Names of NLTK's data packages; none means "punkt_tab" and "stopwords".
    download_dir : str or path, default=None
        Where to put them; None lets NLTK choose a folder that it looks in.
    quiet : bool, default=True
        Print nothing.

    Returns
    -------
    packages : list of str
        The packages that are there now.

    Raises
    ------
    RuntimeError
        If a package could not be downloaded, or is not found afterwards.
    MissingDependencyError
        If NLTK is not installed.

    Examples
    --------
    >>> from skcook.text import download
    >>> download("punkt_tab")  # doctest: +SKIP
    ['punkt_tab']
    """
    nltk = import_optional("nltk", feature="skcook.text.download", extra="text")
    packages = packages or ("punkt_tab", "stopwords")
    folder = None if download_dir is None else str(download_dir)
    for package in packages:
        if not isinstance(package, str):
            raise TypeError(f"packages must be names of NLTK's data; got {package!r}.")
        try:
            nltk.download(package, download_dir=folder, quiet=quiet, raise_on_error=True)
        except (ValueError, OSError) as exc:
            raise RuntimeError(_help(package, f"could not be downloaded: {exc}")) from exc
        resource = _RESOURCES.get(package)
        if resource is not None and folder is None:
            try:
                nltk.data.find(resource)
            except (LookupError, OSError) as exc:
                raise RuntimeError(_help(package, "was downloaded but is not found")) from exc
    return list(packages)


def _help(package, problem):
    return (
        f"NLTK's data package {package!r} {problem}. Ways out: (1) set the environment variable "
        "NLTK_DATA to a folder that holds it, copied from another machine; NLTK refuses folders "
        "that others can write to, so chmod -R go-w FOLDER; (2) behind a proxy, set "
        "NLTK_ALLOW_PROXIED_URLOPEN=1 and try again; (3) use the settings that need no data: "
        "tokenizer='words', the stop words that ship with skcook, lemmatize='wordnet'."
    )
