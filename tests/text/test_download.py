"""Downloads happen on request alone, and failures say what to do."""

import pytest

from skcook.text import download


@pytest.fixture
def fake(nltk_without_data, monkeypatch):
    calls = []

    def pretend(package, download_dir=None, quiet=False, raise_on_error=False):
        assert raise_on_error
        calls.append((package, download_dir))
        if package == "offline":
            raise ValueError("<urlopen error no network>")
        return True

    monkeypatch.setattr(nltk_without_data, "download", pretend)
    return calls


def test_packages_are_asked_of_nltk(fake, tmp_path):
    assert download("punkt_tab", "vader_lexicon", download_dir=tmp_path) == [
        "punkt_tab",
        "vader_lexicon",
    ]
    assert fake == [("punkt_tab", str(tmp_path)), ("vader_lexicon", str(tmp_path))]
    assert download(download_dir=tmp_path) == ["punkt_tab", "stopwords"]


@pytest.mark.parametrize(
    ("package", "problem"),
    [
        ("offline", "could not be downloaded: <urlopen error no network>"),
        ("punkt_tab", "was downloaded but is not found"),
    ],
)
def test_a_failure_names_the_ways_out(fake, package, problem):
    with pytest.raises(RuntimeError, match=problem) as caught:
        download(package)
    for way in ("NLTK_DATA", "chmod -R go-w", "NLTK_ALLOW_PROXIED_URLOPEN", "tokenizer='words'"):
        assert way in str(caught.value)


def test_names_are_strings(fake):
    with pytest.raises(TypeError, match=r"names of NLTK's data; got \['punkt_tab'\]"):
        download(["punkt_tab"])
