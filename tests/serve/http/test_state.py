"""Each application has a state of its own."""

from skcook.serve.http._state import state, state_of


def test_two_applications_share_nothing(make_app, classifier, regressor):
    first, second = make_app(classifier), make_app(regressor)
    assert state_of(first).models.names() == ["people"]
    assert state_of(second).models.names() == ["ages"]
    with first.app_context():
        assert state() is state_of(first)
