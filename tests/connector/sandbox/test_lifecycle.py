"""Starting and stopping: the same bytes every time, little memory, ports that say so."""

import signal
import socket
import subprocess
import sys
from itertools import product
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import pytest

from connector.sandbox import PortInUse, Sandbox
from connector.sandbox.listing import STREAMS

SERVE = """
from connector.sandbox import Sandbox, serve
serve(Sandbox(customers=1_000_000, seed=7, token="t"), ready=lambda url: print(url, flush=True))
"""


def test_same_seed_and_size_give_the_same_bytes():
    def bytes_of(seed):
        with Sandbox(customers=3_000, seed=seed, token="t").running() as url:
            headers = {"Authorization": "Bearer t"}
            first = httpx.get(f"{url}/api/v1/customers?limit=1000", headers=headers)
            cursor = first.json()["next"]
            second = httpx.get(f"{url}/api/v1/customers?cursor={cursor}", headers=headers)
            return first.content + second.content

    assert bytes_of(7) == bytes_of(7)
    assert bytes_of(7) != bytes_of(8)


def test_a_port_in_use_is_said_in_a_sentence():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with (
            pytest.raises(PortInUse, match=f"Port {port} of 127.0.0.1 is used by another"),
            Sandbox(port=port).running(),
        ):
            pass


def test_stopping_cuts_open_connections_and_frees_the_port():
    with Sandbox(customers=5, token="t").running() as url:
        client = httpx.Client(base_url=url)
        assert client.get("/api/v1/health").status_code == 200
    with pytest.raises(httpx.TransportError):
        client.get("/api/v1/health")
    with Sandbox(customers=5, token="t", port=urlsplit(url).port).running() as again:
        assert httpx.get(f"{again}/api/v1/health").status_code == 200
    client.close()


def resident_mb(process):
    status = Path(f"/proc/{process.pid}/status").read_text()
    line = next(line for line in status.splitlines() if line.startswith("VmHWM"))
    return int(line.split()[1]) / 1024


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="reads memory from /proc")
def test_a_million_customers_take_no_memory_and_stop_on_sigterm():
    process = subprocess.Popen([sys.executable, "-c", SERVE], stdout=subprocess.PIPE, text=True)
    try:
        url = process.stdout.readline().strip()
        for since in ("2016-01-01", "2021-06-01", "2026-10-28"):
            page = httpx.get(
                f"{url}/api/v1/customers",
                params={"limit": 1000, "updated_since": f"{since}T00:00:00-03:00"},
                headers={"Authorization": "Bearer t"},
                timeout=60,
            ).json()
            assert len(page["items"]) > 500
            assert page["items"][0]["updated_at"][:9] >= since[:9]
        for stream, since in product(STREAMS, ("2016-01-01", "2026-10-28")):
            page = httpx.get(
                f"{url}/api/v1/{stream}",
                params={"limit": 1000, "updated_since": f"{since}T00:00:00-03:00"},
                headers={"Authorization": "Bearer t"},
                timeout=60,
            ).json()
            assert page["has_more"]
        assert resident_mb(process) < 200
        process.send_signal(signal.SIGTERM)
        assert process.wait(timeout=60) == 0
    finally:
        process.kill()
        process.stdout.close()
        process.wait()
