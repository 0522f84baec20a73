"""The server: who is answered, in which form, and how it starts and stops."""

import gzip
import http.client
import json
from urllib.parse import urlsplit

import pytest

from connector.sandbox.listing import STREAMS


@pytest.mark.parametrize("authorization", [None, "Bearer wrong", "Basic t", "Bearer té", "t"])
def test_nobody_without_the_token_is_answered(reader, authorization):
    headers = {"Authorization": authorization.encode()} if authorization else {}
    del reader.client.headers["Authorization"]
    streams = [f"/api/v1/{name}" for name in STREAMS]
    for path in (*streams, "/api/v1/customers", "/api/v1/customers/100001", "/_sandbox/state"):
        answer = reader.client.get(path, headers=headers)
        assert (answer.status_code, answer.json()["error"]["code"]) == (401, "unauthorized")
    assert reader.client.post("/_sandbox/changes", json={"count": 1}).status_code == 401


def test_health_needs_no_token(reader):
    del reader.client.headers["Authorization"]
    assert reader.client.get("/api/v1/health").status_code == 200


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE", "OPTIONS"])
def test_the_api_only_reads(reader, method):
    answer = reader.client.request(method, "/api/v1/customers/100001", content=b"{}")
    assert (answer.status_code, answer.headers["Allow"]) == (405, "GET")
    assert reader.client.get("/api/v1/customers/100001").json()["v"] == 1


@pytest.mark.parametrize(
    "query",
    [
        "limit=0",
        "limit=1001",
        "limit=ten",
        "limit=",
        "limit=٣",
        "limit=1&limit=2",
        "updated_since=yesterday",
        "updated_since=2024-01-01T00:00:00",
        "updated_since=2024-01-01",
        "updated_since=2024-01-01T00:00:00+00:00",  # a bare + is a space
        "cursor=abc",
        "cursor=%C3%A9",
        "page=0",
        "page=1&cursor=AAAA",
        "updatedSince=2024-01-01T00:00:00Z",
    ],
)
def test_a_bad_parameter_is_refused_with_a_sentence(reader, query):
    answer = reader.client.get(f"/api/v1/customers?{query}")
    error = answer.json()["error"]
    assert (answer.status_code, error["code"]) == (400, "bad_parameter")
    assert error["message"].endswith(".")


@pytest.mark.parametrize(
    "body", ["{}", "[]", '{"count": "1"}', '{"count": 0}', '{"count": -1}', ""]
)
def test_changes_that_make_no_sense_are_refused(reader, body):
    assert reader.client.post("/_sandbox/changes", content=body).status_code == 400
    assert reader.client.get("/_sandbox/state").json()["changes"] == 0


@pytest.mark.parametrize(
    "path",
    [
        "/",
        "/api/v1/customers/",
        "/api/v1/customers/1",
        "/api/v1/customers/x",
        "//[",
        "/orders",
        "/api/v1/orders/",
        "/api/v1/orders/100001000099",
        "/api/v1/deals/1",
        "/api/v1/returns",
    ],
)
def test_what_is_not_there_is_not_found(reader, path):
    url = urlsplit(str(reader.client.base_url))
    raw = http.client.HTTPConnection(url.hostname, url.port)
    raw.request("GET", path, headers={"Authorization": "Bearer t"})
    answer = raw.getresponse()
    assert answer.status == 404
    assert json.loads(answer.read())["error"]["code"] == "not_found"
    raw.close()


def test_compressed_only_when_asked_and_the_same(reader):
    plain = reader.client.get("/api/v1/customers", headers={"Accept-Encoding": "identity"})
    url = urlsplit(str(reader.client.base_url))
    raw = http.client.HTTPConnection(url.hostname, url.port)
    headers = {"Authorization": "Bearer t", "Accept-Encoding": "br, gzip"}
    raw.request("GET", "/api/v1/customers", headers=headers)
    answer = raw.getresponse()
    packed = answer.read()
    raw.close()
    assert "Content-Encoding" not in plain.headers
    assert answer.headers["Content-Encoding"] == "gzip"
    assert len(packed) == int(answer.headers["Content-Length"]) < len(plain.content) / 2
    assert gzip.decompress(packed) == plain.content


def test_gzip_is_not_forced_on_who_refuses_it(reader):
    answer = reader.client.get("/api/v1/customers", headers={"Accept-Encoding": "gzip;q=0"})
    assert "Content-Encoding" not in answer.headers


def test_one_connection_serves_many_requests(reader):
    url = urlsplit(str(reader.client.base_url))
    raw = http.client.HTTPConnection(url.hostname, url.port)
    raw.connect()
    used = raw.sock
    for method, path in [("GET", "/api/v1/health"), ("PUT", "/api/v1/x"), ("GET", "/nowhere")]:
        raw.request(method, path, body=b"{}" if method == "PUT" else None)
        answer = raw.getresponse()
        answer.read()
        assert answer.version == 11
        assert answer.headers["Date"]
        assert raw.sock is used
    raw.close()


def test_nothing_is_logged(reader, capfd):
    reader.page(limit=3)
    reader.client.get("/api/v1/customers?cursor=secret")
    assert capfd.readouterr() == ("", "")
