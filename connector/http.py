"""The HTTP library, imported in this one place: to replace it is to change this module."""

import sys

# httpx imports its own command line, and with it rich and pygments, wherever those are installed:
# a third of the CPU time of a run that finds nothing changed.
sys.modules.setdefault("httpx._main", None)  # type: ignore[arg-type]

import httpcore  # noqa: E402 - after the line that spares us the rest
import httpx  # noqa: E402

__all__ = ["httpcore", "httpx"]
