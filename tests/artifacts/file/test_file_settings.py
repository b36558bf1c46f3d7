import numpy as np
import pytest
from sklearn.compose import make_column_transformer
from sklearn.feature_extraction.text import CountVectorizer, HashingVectorizer, TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline, make_union

from skcook import artifacts
from skcook.artifacts.file import _skops
from skcook.exceptions import ArtifactError
from skcook.text import TextCleaner, TextVectorizer


@pytest.fixture
def names(tmp_path):
    """Return the names of files of text."""
    paths = []
    for number, text in enumerate(["a fine day", "a grey day", "a fine night", "no day"]):
        (tmp_path / f"{number}.txt").write_text(text)
        paths.append(str(tmp_path / f"{number}.txt"))
    return paths


def reader(**settings):
    return CountVectorizer(input="filename", **settings)


MODELS = {
    "a vectorizer": lambda: reader(),
    "open files": lambda: CountVectorizer(input="file"),
    "tfidf": lambda: TfidfVectorizer(input="filename"),
    "hashing": lambda: HashingVectorizer(input="filename"),
    "in a pipeline": lambda: make_pipeline(reader(), LogisticRegression()),
    "in a union": lambda: make_union(reader(), reader(ngram_range=(2, 2))),
    "in a search": lambda: GridSearchCV(
        make_pipeline(reader(), LogisticRegression()), {"logisticregression__C": [1.0]}, cv=2
    ),
    "in a column transformer": lambda: make_column_transformer((reader(), 0)),
}


@pytest.mark.parametrize("make", MODELS.values(), ids=MODELS.keys())
def test_a_model_that_reads_files_is_neither_saved_nor_loaded_nor_wrapped(
    make, names, tmp_path, monkeypatch
):
    model = make()
    X = np.array(names, dtype=object)
    if getattr(model, "input", None) == "file":
        model.set_params(input="filename").fit(X)
        model.set_params(input="file")
    else:
        model.fit(X[:, None] if hasattr(model, "transformers") else X, [0, 1, 0, 1])
    with pytest.raises(ArtifactError, match="it opens the files that rows name"):
        artifacts.save(model, tmp_path / "m.skcook")
    with pytest.raises(ArtifactError, match="it opens the files that rows name"):
        artifacts.wrap(model)
    with monkeypatch.context() as patched:
        patched.setattr(_skops, "refuse_file_settings", lambda model: None)
        path = artifacts.save(model, tmp_path / "m.skcook")
    with pytest.raises(ArtifactError, match="it opens the files that rows name"):
        artifacts.load(path)


def test_names_of_data_are_no_paths():
    model = TextVectorizer().fit(["a fine day", "a grey day"])
    model.language = "../../../../etc/passwd"
    with pytest.raises(ArtifactError, match="which is a path and no name"):
        artifacts.wrap(model)
    for language in ("english", "german"):
        artifacts.wrap(TextCleaner(language=language).fit(["a day"]), ["a day"])


HIDDEN = {
    "a word of numpy": lambda model: setattr(model, "input", np.str_("filename")),
    "an array that is equal to the word": lambda model: setattr(
        model, "input", np.array("filename")
    ),
    "a list that is equal to nothing": lambda model: setattr(model, "input", ["filename"]),
    "an array of one word": lambda model: setattr(model, "input", np.array(["file"])),
}


@pytest.mark.parametrize("hide", HIDDEN.values(), ids=HIDDEN.keys())
def test_the_setting_is_seen_whatever_it_is_written_as(hide):
    model = CountVectorizer().fit(["a fine day", "a grey day"])
    hide(model)
    with pytest.raises(ArtifactError, match="it opens the files that rows name"):
        artifacts.wrap(model, ["a day"])


def test_the_setting_is_seen_within_an_array():
    inner = CountVectorizer().fit(["a fine day", "a grey day"])
    inner.input = "filename"
    outer = CountVectorizer().fit(["a fine day", "a grey day"])
    outer.steps_ = np.array([None, [inner]], dtype=object)
    with pytest.raises(ArtifactError, match="it opens the files that rows name"):
        artifacts.wrap(outer, ["a day"])


def test_a_path_is_seen_whatever_it_is_written_as():
    model = TextVectorizer().fit(["a fine day", "a grey day"])
    model.language = np.array("../secret")
    with pytest.raises(ArtifactError, match="which is a path and no name"):
        artifacts.wrap(model, ["a day"])
