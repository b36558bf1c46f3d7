import pandas as pd
import pytest
from sklearn.linear_model import LinearRegression

from skcook import artifacts
from skcook.exceptions import ArtifactError

X = pd.DataFrame({"area": [50.0, 80.0, 120.0], "rooms": [2.0, 3.0, 4.0]})
Y = pd.Series([100.0, 160.0, 240.0], name="rent")
MODEL = LinearRegression().fit(X, Y)
CARD = {
    "title": "Rents in Ulm",
    "unit": "EUR",
    "description": "What a flat costs a month.",
    "purpose": "A first guess for a talk with the landlord.",
    "limits": ["No houses.", "Not after 2025."],
    "owner": "housing@example.org",
    "metrics": {"r2": 0.9},
    "costs": {"too high": 1, "too low": 3},
    "threshold": 0.5,
    "fields": {"area": {"unit": "m2", "description": "Living space"}, "rooms": "Without kitchen"},
}


def test_a_card_is_kept_and_shown(tmp_path):
    path = artifacts.save(MODEL, tmp_path / "m.skcook", X, y=Y, card=CARD)
    artifact = artifacts.read(path)
    rooms = {"rooms": {"description": "Without kitchen"}}
    expected = {**CARD, "target": "rent", "fields": {**CARD["fields"], **rooms}}
    assert artifact.card == expected == artifacts.inspect(path)["card"]
    assert artifacts.wrap(MODEL, X, y=Y, card=CARD).card == expected
    assert "A first guess" in repr(artifact)
    assert "Rents in Ulm" in artifact._repr_html_()


def test_without_a_card_the_target_has_its_name(tmp_path):
    assert artifacts.wrap(MODEL, X, y=Y).card == {"target": "rent"}
    assert artifacts.wrap(MODEL, X).card == {}
    one = {"limits": "No houses."}
    assert artifacts.wrap(MODEL, X, card=one).card == {"limits": ["No houses."]}


@pytest.mark.parametrize(
    ("card", "message"),
    [
        ({"titel": "x"}, "card has no 'titel'. Did you mean 'title'"),
        ({"title": 3}, r"card\['title'\] must be a text; got int"),
        ({"limits": [1]}, r"card\['limits'\] must be a text"),
        ({"limits": 1}, r"card\['limits'\] must be a text or a list"),
        ({"metrics": {"r2": "good"}}, r"card\['metrics'\] must be a dict of names to numbers"),
        ({"metrics": {"r2": float("nan")}}, "card must be a dict of what JSON holds"),
        ({"threshold": "half"}, r"card\['threshold'\] must be a number"),
        ({"fields": ["area"]}, r"card\['fields'\] must be a dict"),
        ({"fields": {"area": {"units": "m2"}}}, r"card\['fields'\]\['area'\] must be"),
        ({"fields": {"aera": "x"}}, "describes 'aera', which no column is; did you mean 'area'"),
        ({"title": "x" * 10_001}, "has 10,001 characters"),
        ({"title": X}, "card must be a dict of what JSON holds"),
        ("a text", "card must be a dict of what JSON holds"),
    ],
    ids=str,
)
def test_what_no_card_says_is_refused(card, message, tmp_path):
    with pytest.raises(ArtifactError, match=message):
        artifacts.save(MODEL, tmp_path / "m.skcook", X, card=card)
    assert not list(tmp_path.iterdir())
