"""A server on this machine that publishes weights, and how a refusal of weights reads."""

import http.server
import time
from pathlib import Path

import pytest
import torch

from cam import WeightsError
from cam.models import weights


class Server(http.server.ThreadingHTTPServer):
    """Answers `pages[path](handler)`; keeps (method, path) of each request."""

    daemon_threads = False  # closing waits for the answers under way

    def __init__(self):
        super().__init__(("127.0.0.1", 0), Handler)
        self.pages, self.requests = {}, []
        self.url = f"http://127.0.0.1:{self.server_port}"


class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.server.requests.append((self.command, self.path))
        self.server.pages.get(self.path, lambda handler: handler.send_error(404))(self)

    do_HEAD = do_GET

    def log_message(self, *_):
        pass


def page(content: bytes, *, pieces: int = 1, delay: float = 0.0, promised: int | None = None, **headers):
    """An answer with a body, sent in pieces; `promised` is the length that the header tells."""

    def answer(handler):
        handler.send_response(200)
        handler.send_header("Content-Length", str(len(content) if promised is None else promised))
        for name, value in headers.items():
            handler.send_header(name.replace("_", "-"), value)
        handler.end_headers()
        if handler.command == "GET":
            size = -(-len(content) // pieces)
            for start in range(0, len(content), size):
                handler.wfile.write(content[start : start + size])
                time.sleep(delay)

    return answer


def files(folder: Path) -> list[str]:
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file())


def refused(spec, *parts: str) -> str:
    """Fetch, expect the one sentence with the title, the size and the bundled models, and look for `parts` in it."""
    with pytest.raises(WeightsError) as caught:
        weights.fetch(spec)
    text = str(caught.value)
    assert text.startswith(f"The weights of {spec.title} ({spec.size_mb:.0f} MB) cannot be had, because ")
    assert text.endswith("; EfficientNet-Lite0, EfficientNet-Lite1 and EfficientNet-Lite2 work without a download.")
    assert all(part in text for part in parts), text
    return text


def same(state, expected) -> bool:
    return list(state) == list(expected) and all(torch.equal(state[name], expected[name]) for name in expected)
