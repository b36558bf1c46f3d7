"""The page that describes the API."""

from tests.serve._helpers import ROW


def test_the_page_shows_every_address_with_a_command(client):
    text = client.get("/docs").text
    for path in client.get("/openapi.json").json["paths"]:
        assert path in text
    assert "curl -s http://localhost/v1/models/people/predict" in text
    assert all(name in text for name in ROW)
    assert "<script" not in text
