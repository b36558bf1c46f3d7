"""The settings of a server."""

import dataclasses

import pytest

from skcook.serve import ServeConfig


@pytest.mark.parametrize("name", ["max_bytes", "max_rows", "timeout", "max_queue", "batch_rows"])
def test_limits_must_be_positive(name):
    with pytest.raises(ValueError, match=f"{name} must be greater than 0; got 0"):
        ServeConfig(**{name: 0})


@pytest.mark.parametrize("name", ["batch_window", "reload_interval"])
def test_times_may_be_zero_but_not_negative(name):
    assert getattr(ServeConfig(**{name: 0}), name) == 0
    with pytest.raises(ValueError, match=f"{name} must not be negative"):
        ServeConfig(**{name: -1})


def test_settings_cannot_change_under_a_running_server():
    with pytest.raises(dataclasses.FrozenInstanceError):
        ServeConfig().max_rows = 1
