"""The web's side of a running installation: granian in front of the WSGI application."""

import os
import socket

from config.settings import VARIABLE, Settings

_STOP_WORKERS_WITHIN_S = 3
"""A worker that is asked to end while it is still starting does not hear it, and would stay."""


class PortRefused(Exception):
    """The address to listen on cannot be had."""


def serve_web(settings: Settings) -> None:
    """Serve pages and API until SIGTERM or SIGINT."""
    from granian.constants import Interfaces
    from granian.log import LogLevels
    from granian.server import Server

    refuse_taken_port(settings.host, settings.port)
    os.environ[VARIABLE] = str(settings.file)  # the workers read the same settings
    Server(
        "config.application:wsgi",
        factory=True,
        interface=Interfaces.WSGI,
        address=settings.host,
        port=settings.port,
        workers=settings.workers,
        blocking_threads=8,  # one is fastest, but whoever sends slowly holds a thread
        respawn_failed_workers=True,
        workers_kill_timeout=_STOP_WORKERS_WITHIN_S,
        log_access=False,
        log_level=LogLevels.error,  # its warnings judge our choices at every start
    ).serve()


def refuse_taken_port(host: str, port: int, remedy: str = "set another port under [web]") -> None:
    """Raise PortRefused, with what to do, when another program has the address."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            raise PortRefused(
                f"{host}:{port} cannot be used ({error.strerror}): another program has it, or it "
                f"is not this machine's. Stop that program or {remedy}."
            ) from None
