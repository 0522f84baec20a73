"""A master in a box: a real HTTP server with believable customers that change."""

from connector.sandbox.server import PortInUse, Sandbox, serve

__all__ = ["PortInUse", "Sandbox", "serve"]
