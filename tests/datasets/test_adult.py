import hashlib
import shutil

import pytest

from skcook.datasets import _fetched, fetch_adult

ROWS = (
    "39, State-gov, 77516, Bachelors, 13, Never-married, Adm-clerical, Not-in-family, "
    "White, Male, 2174, 0, 40, ?, <=50K\n"
    "52, ?, 209642, HS-grad, 9, Married-civ-spouse, ?, Husband, "
    "White, Male, 0, 0, 45, United-States, >50K\n"
)


@pytest.fixture
def home(tmp_path, monkeypatch):
    """A data folder that holds a file of two rows where the census would be."""
    (tmp_path / "skcook").mkdir()
    (tmp_path / "skcook" / "adult.data").write_text(ROWS)
    monkeypatch.setattr(_fetched, "_ADULT_SHA256", hashlib.sha256(ROWS.encode()).hexdigest())
    return tmp_path


def test_columns_types_and_missing_values(home):
    adult = fetch_adult(data_home=home, download_if_missing=False)
    assert adult.frame.shape == (2, 15)
    assert list(adult.data.columns) == adult.feature_names
    assert adult.target_names == ["<=50K", ">50K"]
    assert adult.data["age"].tolist() == [39, 52]
    assert adult.data["education"].tolist() == ["Bachelors", "HS-grad"]
    assert adult.data.isna().sum()[["workclass", "occupation", "native_country"]].tolist() == [
        1,
        1,
        1,
    ]
    assert adult.data.isna().sum().sum() == 3


def test_return_x_y_gives_the_same_data(home):
    X, y = fetch_adult(data_home=home, return_X_y=True)
    adult = fetch_adult(data_home=home)
    assert X.equals(adult.data)
    assert y.equals(adult.target)


@pytest.mark.realdata
def test_the_real_file_is_the_expected_one(data_home, tmp_path):
    (tmp_path / "skcook").mkdir()
    shutil.copy(data_home / "adult.data", tmp_path / "skcook" / "adult.data")
    X, y = fetch_adult(data_home=tmp_path, download_if_missing=False, return_X_y=True)
    assert X.shape == (32561, 14)
    assert X.isna().sum().sum() == 4262
    assert (y == ">50K").mean() == pytest.approx(0.2408, abs=1e-4)
