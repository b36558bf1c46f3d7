import hashlib
import http.server
import threading

import pytest

from skcook.datasets._fetched import fetch_file

CONTENT = b"age,income\n39,<=50K\n"
SHA256 = hashlib.sha256(CONTENT).hexdigest()


@pytest.fixture
def server():
    """A web server of one file, that counts how often it was asked."""

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            self.server.asked += 1
            found = self.path == "/some/file.csv"
            self.send_response(200 if found else 404)
            self.end_headers()
            self.wfile.write(CONTENT if found else b"")

        def log_message(self, *_):
            pass

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as httpd:
        httpd.asked = 0
        httpd.url = f"http://127.0.0.1:{httpd.server_port}/some/file.csv"
        threading.Thread(target=httpd.serve_forever, daemon=True).start()
        yield httpd
        httpd.shutdown()


def test_downloads_once_and_keeps_the_file(server, tmp_path):
    for _ in range(2):
        path = fetch_file(server.url, sha256=SHA256, data_home=tmp_path)
        assert path == tmp_path / "skcook" / "file.csv"
        assert path.read_bytes() == CONTENT
    assert server.asked == 1
    assert [file.name for file in path.parent.iterdir()] == ["file.csv"]


def test_a_file_put_there_by_hand_needs_no_network(tmp_path):
    (tmp_path / "skcook").mkdir()
    (tmp_path / "skcook" / "file.csv").write_bytes(CONTENT)
    path = fetch_file("http://127.0.0.1:9/file.csv", sha256=SHA256, data_home=tmp_path)
    assert path.read_bytes() == CONTENT


def test_without_permission_it_is_not_downloaded(server, tmp_path):
    with pytest.raises(OSError, match=r"There is no .*file\.csv\. Pass download_if_missing=True"):
        fetch_file(server.url, sha256=SHA256, data_home=tmp_path, download_if_missing=False)
    assert server.asked == 0


def test_another_file_is_refused_and_nothing_is_kept(server, tmp_path):
    with pytest.raises(ValueError, match="is not the expected file: its SHA-256 is"):
        fetch_file(server.url, sha256="0" * 64, data_home=tmp_path)
    assert list((tmp_path / "skcook").iterdir()) == []


def test_a_kept_file_that_was_changed_is_refused(server, tmp_path):
    path = fetch_file(server.url, sha256=SHA256, data_home=tmp_path)
    path.write_bytes(CONTENT + b"40,>50K\n")
    with pytest.raises(ValueError, match=r"Remove it, and the next call downloads it again"):
        fetch_file(server.url, sha256=SHA256, data_home=tmp_path)


def test_a_failed_download_says_where_to_put_the_file(server, tmp_path):
    url = server.url.replace("file.csv", "absent.csv")
    with pytest.raises(
        OSError, match=r"404.*Download it by other means and put it at .*absent\.csv"
    ):
        fetch_file(url, sha256=SHA256, data_home=tmp_path)
    assert list((tmp_path / "skcook").iterdir()) == []
