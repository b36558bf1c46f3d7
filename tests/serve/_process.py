"""A server as a process of its own: the command `skcook-serve`, or gunicorn."""

import http.client
import json
import os
import re
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from tests.serve._helpers import PATIENCE

_dumps = json.dumps


def parent_of(pid):
    """Return the id of a process's parent; None once the process has ended."""
    try:
        state, parent = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[:2]
    except OSError:
        return None
    return None if state in "ZX" else int(parent)


class Answer:
    """An answer, with the names that Flask's test client gives it."""

    def __init__(self, response):
        self.status_code, self.headers = response.status, response.headers
        self.data = response.read()

    @property
    def text(self):
        """The body as a text."""
        return self.data.decode()

    @property
    def json(self):
        """The body as a value."""
        return json.loads(self.data)

    @property
    def mimetype(self):
        """The type of the body."""
        return self.headers.get_content_type()


class Server:
    """Run a server on a free port; a context that ends it.

    Attributes: ``port``, ``url``, ``process``.
    """

    def __init__(self, *arguments, patience=3 * PATIENCE):
        code = "import sys; from skcook.serve.process._serve_command import main; sys.exit(main())"
        self._start([sys.executable, "-c", code, *arguments, "--port", "0"], patience)

    @classmethod
    def of_gunicorn(cls, *models, patience=3 * PATIENCE):
        """Let gunicorn run the application, as the guide says."""
        server = cls.__new__(cls)
        app = f"skcook.serve:create_app({list(map(str, models))})"
        command = [sys.executable, "-m", "gunicorn", "--no-control-socket", "-w", "1"]
        server._start([*command, "--threads", "32", "-b", "127.0.0.1:0", app], patience)
        return server

    def _start(self, command, patience):
        self._folder = tempfile.TemporaryDirectory()
        self._log = Path(self._folder.name) / "log"
        environment = {**os.environ, "OMP_NUM_THREADS": "1"}
        with self._log.open("w") as log:
            self.process = subprocess.Popen(command, stdout=log, stderr=log, env=environment)
        end = time.monotonic() + patience
        while not (found := re.search(r"at:? (http://127\.0\.0\.1:(\d+))\b", self.log())):
            if self.process.poll() is not None or time.monotonic() > end:
                text = self.log()
                self.__exit__()
                raise AssertionError(f"the server did not start:\n{text}")
            time.sleep(0.05)
        self.url, self.port = found[1], int(found[2])

    def log(self):
        """Return all that it has written so far."""
        return self._log.read_text()

    def children(self):
        """Return the ids of the processes that it started and that still run."""
        pids = [int(path.name) for path in Path("/proc").glob("[0-9]*")]
        return [pid for pid in pids if parent_of(pid) == self.process.pid]

    def request(self, method, path, body=None, headers=None):
        """Return the status, the headers and the body of an answer, over a new connection."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=PATIENCE)
        try:
            connection.request(method, path, body, headers or {})
            response = connection.getresponse()
            return response.status, response.headers, response.read()
        finally:
            connection.close()

    def open(self, method, path, *, json=None, data=None, content_type=None, headers=None):
        """Return an answer, as Flask's test client does."""
        headers = dict(headers or {})
        if json is not None:
            data, content_type = _dumps(json), content_type or "application/json"
        if content_type:
            headers["Content-Type"] = content_type
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=PATIENCE)
        try:
            connection.request(method, path, data, headers)
            return Answer(connection.getresponse())
        finally:
            connection.close()

    def post(self, path, body):
        """Return the status and the decoded body of an answer to JSON."""
        headers = {"Content-Type": "application/json"}
        status, _, answer = self.request("POST", path, body, headers)
        return status, json.loads(answer)

    def close(self):
        """End the process if it still runs."""
        if self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(PATIENCE)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()

    def __enter__(self):
        return self

    def __exit__(self, *error):
        self.close()
        self._folder.cleanup()
