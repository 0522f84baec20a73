"""A master that answers what a test tells it to, over real HTTP."""

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


@dataclass
class Answer:
    """One HTTP answer, told as it is to go over the wire."""

    body: bytes
    status: int = 200
    kind: str = "application/json"
    cut_to: int | None = None
    """So many bytes are sent of those that the headers promise."""


def customer(number: int, **changed: Any) -> dict[str, Any]:
    """A customer in the dialect of the preset ``omni``."""
    return {
        "id": number,
        "v": 1,
        "updated_at": f"2026-01-02T03:04:{number % 60:02d}Z",
        "person_type": "PF",
        "status": "active",
        "name": f"Cliente de Prova {number}",
        "cpf": "529.982.247-25",
        "emails": [{"address": f"cliente{number}@exemplo.com.br"}],
        "phones": [{"number": "(11) 98765-4321"}],
    } | changed


def page(*customers: dict[str, Any], **top: Any) -> Answer:
    """A page in the dialect of the preset ``omni``: the last one unless said otherwise."""
    whole = {"items": list(customers), "next": None, "has_more": False} | top
    return Answer(json.dumps(whole, ensure_ascii=False, separators=(",", ":")).encode())


@dataclass
class Script:
    """What the master answers, and what it was asked."""

    answer: Callable[[str], Answer]
    asked: list[str] = field(default_factory=list)
    url: str = ""


@contextmanager
def answering(answer: Callable[[str], Answer] | Answer) -> Iterator[Script]:
    """A master at ``url`` while the block runs; ``answer`` may be changed meanwhile."""
    script = Script(answer if callable(answer) else lambda target: answer)

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            script.asked.append(self.path)
            told = script.answer(self.path)
            self.send_response(told.status)
            self.send_header("Content-Type", told.kind)
            self.send_header("Content-Length", str(len(told.body)))
            self.end_headers()
            self.wfile.write(told.body[: told.cut_to])

        def log_message(self, *_: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, args=(0.02,))
    thread.start()
    script.url = f"http://127.0.0.1:{server.server_address[1]}"
    try:
        yield script
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
