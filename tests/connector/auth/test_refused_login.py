"""A login that is refused is not tried again at once: masters lock users who mistype."""

import pytest

from connector.auth.credentials import Cookies, Sender
from connector.http import AccessRefused, Request
from connector.http.client import Fetcher, Limits
from tests.fakes.hostile import hostile, reply


def test_a_wrong_password_is_sent_once_a_request():
    with hostile(reply(b'{"error":{"code":-304}}', 401)) as master:
        fetcher = Fetcher(master.url, {}, Limits(attempts=1), posts=frozenset({"/Login"}))
        sender = Sender(fetcher, Cookies(fetcher, "/Login", {"Password": "p"}, ["SESSION"]))
        with pytest.raises(AccessRefused, match="refused the login"):
            sender.send(Request("/Partners"))
        sender.close()
    assert [asked.target for asked in master.asked] == ["/Login"]
