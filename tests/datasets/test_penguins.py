from skcook.datasets import load_penguins


def test_shape_types_and_missing_values():
    penguins = load_penguins()
    assert penguins.frame.shape == (344, 7)
    assert penguins.data.shape == (344, 6)
    assert penguins.data.isna().sum().to_dict() == {
        "island": 0,
        "bill_length_mm": 2,
        "bill_depth_mm": 2,
        "flipper_length_mm": 2,
        "body_mass_g": 2,
        "sex": 11,
    }
    assert penguins.target_names == ["Adelie", "Chinstrap", "Gentoo"]
    assert list(penguins.data.columns) == penguins.feature_names


def test_return_x_y_gives_the_same_data():
    X, y = load_penguins(return_X_y=True)
    penguins = load_penguins()
    assert X.equals(penguins.data)
    assert y.equals(penguins.target)


def test_each_call_returns_data_of_its_own():
    frame = load_penguins().frame
    frame.loc[0, "island"] = "elsewhere"
    assert load_penguins().frame.loc[0, "island"] == "Torgersen"
