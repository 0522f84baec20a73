"""The least that the server of the terminals' API can do: a POST that Flask answers with a word."""

from flask import Flask, Response, request

from config.run.serve import Counter
from web.app import MOST_BODY


def counter() -> Counter:
    """What a worker serves."""
    app = Flask("bare")

    @app.post("/api/v1/lookup")
    def answer() -> Response:
        request.get_data()
        return Response(b'{"customers":["nobody"]}', mimetype="application/json")

    return Counter(app.wsgi_app, MOST_BODY)


def serve(port: int, workers: int) -> None:
    """Serve until SIGTERM, as `config.run.serve` does."""
    from granian.constants import Interfaces
    from granian.log import LogLevels
    from granian.server import Server

    Server(
        "tests.bench.bare:counter",
        factory=True,
        interface=Interfaces.RSGI,
        address="127.0.0.1",
        port=port,
        workers=workers,
        workers_kill_timeout=3,
        log_access=False,
        log_level=LogLevels.error,
    ).serve()


if __name__ == "__main__":
    import sys

    serve(int(sys.argv[1]), int(sys.argv[2]))
