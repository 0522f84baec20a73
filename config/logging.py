"""Where log lines go: standard error, one line each, in UTC, without personal data."""

import logging
import sys
import time


def to_stderr(level: str = "INFO") -> None:
    """Send the program's lines from ``level`` on to standard error, libraries' from WARNING on."""
    handler = logging.StreamHandler(sys.stderr)
    formatter = logging.Formatter("%(asctime)sZ %(levelname)s %(name)s: %(message)s")
    formatter.converter = time.gmtime
    formatter.default_msec_format = "%s.%03d"
    handler.setFormatter(formatter)
    logging.basicConfig(handlers=[handler], level=logging.WARNING)
    logging.getLogger("espelho").setLevel(level)
