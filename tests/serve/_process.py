"""The command `skcook-serve` as a process of its own."""

import http.client
import json
import os
import re
import subprocess
import sys
import tempfile
import time
from pathlib import Path


class Server:
    """Run ``skcook-serve`` on a free port; a context that ends it.

    Attributes: ``port``, ``url``, ``process``.
    """

    def __init__(self, *arguments, patience=400.0):
        self._folder = tempfile.TemporaryDirectory()
        self._log = Path(self._folder.name) / "log"
        code = "import sys; from skcook.serve._cli import main; sys.exit(main())"
        with self._log.open("w") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-c", code, *arguments, "--port", "0"],
                stdout=log,
                stderr=log,
                env={**os.environ, "OMP_NUM_THREADS": "1"},
            )
        end = time.monotonic() + patience
        while not (found := re.search(r"at (http://127\.0\.0\.1:(\d+))/", self.log())):
            if self.process.poll() is not None or time.monotonic() > end:
                text = self.log()
                self.__exit__()
                raise AssertionError(f"skcook-serve did not start:\n{text}")
            time.sleep(0.05)
        self.url, self.port = found[1], int(found[2])

    def log(self):
        """Return all that it has written so far."""
        return self._log.read_text()

    def request(self, method, path, body=None, headers=None):
        """Return the status, the headers and the body of an answer, over a new connection."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        try:
            connection.request(method, path, body, headers or {})
            response = connection.getresponse()
            return response.status, response.headers, response.read()
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
                self.process.wait(30)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()

    def __enter__(self):
        return self

    def __exit__(self, *error):
        self.close()
        self._folder.cleanup()
