"""A declared source as a whole: its connections are paced by one clock, its secrets in place."""

import httpx
import pytest

from tests.fakes.fake_master import Call, FakeMaster, Reply, Time, opened


class Plain(FakeMaster):
    reads = ("GET /api/v1/customers",)
    allows = ((60, 5),)

    def refusal(self, call: Call) -> Reply | None:
        return None if call.headers.get("authorization") == "Bearer s3cret" else Reply({}, 401)

    def answer(self, call: Call) -> Reply:
        return Reply({"items": [], "has_more": False, "since": None})


def ask(master: FakeMaster, times: int, per_minute: int) -> None:
    source = opened(master, "omni", {"token": "s3cret"}, limits={"per_minute": per_minute})
    for _ in range(times):
        assert [page.records for page in source.pages(None)] == [[]]
    source.close()


def test_a_source_is_paced_by_the_clock_it_is_given():
    time = Time()
    with Plain(time).running() as master:
        ask(master, 12, per_minute=5)

    assert len(master.calls) == 12
    assert time.now == pytest.approx(120)


def test_a_fake_master_tells_on_those_who_ask_too_much():
    master = Plain()

    with pytest.raises(AssertionError), master.running():
        ask(master, 6, per_minute=6)
    assert len(master.overruns) == 1


def test_a_fake_master_tells_on_those_who_ask_what_is_no_question():
    master = Plain()

    with pytest.raises(AssertionError), master.running():
        httpx.delete(f"{master.url}/api/v1/customers", trust_env=False)
    assert master.strays == ["DELETE /api/v1/customers"]
