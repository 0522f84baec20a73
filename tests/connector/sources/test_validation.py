"""A source file is judged as a whole: every mistake at once, with its place, without a value."""

import tomllib
from pathlib import Path
from typing import Any

import pytest

from config.assemble import merged, preset
from connector.sources.checks import checked, definition, secrets_of
from connector.sources.source_file import BadDefinition, Definition, SellDefinition
from tests.shape.reading_code import ROOT

PRESETS = sorted((ROOT / "config/presets").glob("*.toml"))
TEN = """\
intervall = "5m"
timezone = "America/Sao_Paolo"
lookups.estados = { path = "/estados", key = "id", value = "nome" }
[auth]
kind = "statik"
[limits]
per_minute = 0
[stream]
query = { limit = "{size}", cursor = "{tokem}" }
page = { kind = "tokem", size = "many" }
records = { id = "a..b" }
since = { watermrk = "record" }
[errors]
wait = { pattern = "wait (" }
[map]
name = "nome | upper"
category = "tipo | lookup estado"
documents = ["cpf", "a[.b"]
addresses = { at = "enderecos", parts = { street = "rua", cidade = "cidade" } }
registration = { path = "s", words = { A = "activ" } }
"""


def _mistakes(over: dict[str, Any], name: str = "omni") -> list[str]:
    return [str(mistake) for mistake in checked(merged(preset(name), over))[1]]


def _one(text: str) -> str:
    (mistake,) = _mistakes(tomllib.loads(text))
    return mistake


@pytest.mark.parametrize("file", PRESETS, ids=lambda file: file.stem)
def test_every_preset_is_right(file: Path):
    found, mistakes = checked(preset(file.stem))

    assert mistakes == []
    assert isinstance(found, Definition | SellDefinition)


def test_a_file_with_many_mistakes_names_them_all():
    told = _mistakes(tomllib.loads(TEN))

    for place in (
        "intervall", "timezone", "auth.kind", "limits.per_minute", "stream.query.cursor",
        "stream.page.kind", "stream.page.size", "stream.records.id", "stream.since.watermrk",
        "errors.wait.pattern", "map.name", "map.category", "map.documents[1]",
        "map.addresses.parts.cidade", "map.registration.words.A",
    ):  # fmt: skip
        assert [one for one in told if one.startswith(f"{place} ")], (place, told)


def test_all_of_them_are_in_the_sentence_that_is_raised():
    with pytest.raises(BadDefinition) as refused:
        definition(merged(preset("omni"), tomllib.loads(TEN)), "loja")

    assert str(refused.value).startswith("The source 'loja' is not right:\n  - ")
    assert str(refused.value).count("\n  - ") >= 15


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("stream.since.watermrk = 1",
         "stream.since.watermrk is not a setting. Did you mean watermark?"),
        ("limits.zzz = 1", "limits.zzz is not a setting."),
        ('stream.since.watermark = "recrd"',
         'stream.since.watermark must be "record" or "run_start". Did you mean record?'),
        ('auth.kind = "basik"',
         'auth.kind must be "static", "basic", "oauth2" or "session". Did you mean basic?'),
        ('protocol = "sel"', 'protocol must be "rest" or "sell". Did you mean sell?'),
        ("stream.page.size = 0", "stream.page.size must be 1 or more."),
        ("limits.timeout_s = 0", "limits.timeout_s must be more than 0."),
        ('standing.rules = ["selll"]', 'standing.rules[0] must be "azata", "conta_base", '
         '"ploomes" or "sell". Did you mean sell?'),
        ("standing.days = 0", "standing.days must be 1 or more."),
        ("standing.day = 9", "standing.day is not a setting. Did you mean days?"),
        ("stream.page.size = true", "stream.page.size must be a whole number."),
        ("stream.query = 5", "stream.query must be a table."),
        ("map.emails = 5", "map.emails must be a list."),
        ("map.name = 5", "map.name must be a text or a table or a list."),
        ('stream.path = "customers"', "stream.path must begin with /."),
        ('default_ddd = "01"', 'default_ddd must be an area code like "11".'),
        ('stream.page.stop = ["emtpy"]', "stream.page.stop[0] must be empty, short, "
         "total:path, total_pages:path or more:path."),
        ('lookups.a = { path = "/a", key = "id" }', "lookups.a.value is missing."),
        ('auth.put."cookie:x" = "y"',
         "auth.put.cookie:x must be like header:Name, query:name or body:key."),
        ('auth.put."header:X" = "$ 5"',
         "auth.put.header:X has a $ that names no secret: write ${name}, or $$ for a $."),
    ],
)  # fmt: skip
def test_what_the_types_say(text: str, told: str):
    assert _one(text) == told


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ('timezone = "America/Sao_Paolo"', "timezone names no time zone there is: "
         "'America/Sao_Paolo'. Did you mean America/Sao_Paulo?"),
        ('stream.page.from = ""',
         "stream.page.from is missing: pages of kind 'token' need it."),
        ('stream.page.from = "next"', "stream.page.from must be like body:path or header:Name."),
        ('stream.page.from = "body:a..b"', "stream.page.from cannot be read: "
         "'a..b' is not a path like a.b, a[0], a[].b or a[k=v].b."),
        ('stream.detail = { path = "/x" }',
         "stream.detail.path needs {id}, here, in the query or in the body."),
        ('stream.one = { path = "/x/{id}", body = { id = "{id}" } }',
         "stream.one.path is posted to and has no {id}: the body has it."),
        ('stream.one = { path = "/x", body = { query = "mutation { x }", id = "{number}" } }',
         "stream.one.body asks for a mutation: only questions are sent."),
        ("stream.page.overlap = 500",
         "stream.page.overlap must be smaller than the size of a page."),
        ('stream.page.stop = ["total_pages:n"]',
         "stream.page.stop[0] needs pages of kind 'page'."),
        ('stream.query.cursor = "x"',
         "stream.query has no {token}: every page would be the first."),
        ('stream.query.p = "{page}"', "stream.query.p has {page}, which stands for nothing; "
         "{size} and {token} can be filled in here."),
        ('stream.query.p = "{since}"', "stream.query.p has {since}, which stands for nothing; "
         "{size} and {token} can be filled in here."),
        ('stream.body.p = 1', 'stream.body is only sent with method = "POST".'),
        ('stream.since.query.updated_since = "now"',
         "stream.since has no {since}: changes could not be told from everything."),
        ('stream.records.stamp = ""',
         "stream.records.stamp is missing: the cursor is made of it."),
        ('stream.records.where = { path = "a[", in = ["x"] }', "stream.records.where.path "
         "cannot be read: 'a[' is not a path like a.b, a[0], a[].b or a[k=v].b."),
        ('lookups.a = { path = "/a", key = "id", value = "x | lowr" }',
         "lookups.a.value cannot be read: 'lowr' is not a filter. Did you mean lower?"),
        ('errors.wait.pattern = "wait"', "errors.wait.pattern needs one group: the number."),
        ('errors.code = "a..b"', "errors.code cannot be read: "
         "'a..b' is not a path like a.b, a[0], a[].b or a[k=v].b."),
        ('errors.failed = ["a..b"]', "errors.failed[0] cannot be read: "
         "'a..b' is not a path like a.b, a[0], a[].b or a[k=v].b."),
        ('errors.failed = [{ path = "a[", in = [false] }]', "errors.failed[0] cannot be read: "
         "'a[' is not a path like a.b, a[0], a[].b or a[k=v].b."),
        ('lookups.a = { path = "/a", key = "i", value = "n", body = { x = 1 } }',
         'lookups.a.body is only sent with method = "POST".'),
        ('lookups.a = { path = "/a", method = "POST", key = "i", value = "n", body.m = "write" }',
         "lookups.a.body has 'write', by which something is changed: only questions are sent."),
        ('stream.method = "POST"\nstream.body.params.args = ["{token}", "res.partner", "unlink"]',
         "stream.body has 'unlink', by which something is changed: only questions are sent."),
        ('stream.method = "POST"\nstream.body = { call = "AlterarCliente", p = "{token}" }',
         "stream.body has 'AlterarCliente', by which something is changed: only questions are "
         "sent."),
        ('map.name = "n | trmi"',
         "map.name cannot be read: 'trmi' is not a filter. Did you mean trim?"),
        ('map.birth_date = "d | date"',
         "map.birth_date cannot be read: the filter date needs a format like %d/%m/%Y."),
        ('map.birth_date = "d | date %Q"',
         "map.birth_date cannot be read: '%Q' is no format of a date."),
        ('map.name = { concat = ["a", "b["], filter = "trim" }', "map.name.concat[1] cannot be "
         "read: 'b[' is not a path like a.b, a[0], a[].b or a[k=v].b."),
        ('map.name = { concat = ["a"], filter = "trin" }',
         "map.name.filter cannot be read: 'trin' is not a filter. Did you mean trim?"),
        ('map.addresses.parts.streat = "rua"',
         "map.addresses.parts.streat is no part of addresses. Did you mean street?"),
        ('map.contacts.parts.xyz = "x"', "map.contacts.parts.xyz is no part of contacts. "
         "There are name, role, email, phone."),
        ('map.kind.words = { F = "PX" }', "map.kind.words.F must be one of PF, PJ."),
        ('map.registration.words = { A = "activ" }', "map.registration.words.A must be one of "
         "active, inactive, blocked, deleted, unknown. Did you mean active?"),
        ('map.standings.plomes = { path = "s" }',
         "map.standings.plomes is no axis of standings. Did you mean ploomes?"),
        ('map.standings.ploomes = { path = "s | lowr" }', "map.standings.ploomes.path cannot be "
         "read: 'lowr' is not a filter. Did you mean lower?"),
        ('map.standings.ploomes = { path = "s", words = { A = "activ", B = "" } }',
         "map.standings.ploomes.words.A must be one of prospect, active, inactive, discarded. "
         "Did you mean active?"),
        ('map.company = "a..b"', "map.company cannot be read: "
         "'a..b' is not a path like a.b, a[0], a[].b or a[k=v].b."),
        ('streams = ["customers"]',
         'streams[0] must be "deals", "orders", "payments" or "visits".'),
        ('standing.labels.azatta = { lead = "x" }',
         "standing.labels.azatta is no axis of standings. Did you mean azata?"),
        ('standing.labels.azata = { led = "x" }',
         "standing.labels.azata.led is no value of azata. Did you mean lead?"),
        ('standing.labels.azata = { zzz = "x" }', "standing.labels.azata.zzz is no value of "
         "azata. There are lead, active, contact, inactive."),
    ],
)  # fmt: skip
def test_what_the_types_cannot_say(text: str, told: str):
    assert _one(text) == told


ORDERS = """
[activity.orders]
path = "/orders"
page = { kind = "page", stop = ["empty"] }
query = { page = "{page}" }
records = { path = "items", id = "id" }
[activity.orders.map]
customer = "customer_id"
placed_at = "placed_at"
state = { path = "status" }
"""


def test_a_stream_of_what_customers_do_needs_no_more():
    assert _mistakes(tomllib.loads(ORDERS), "protheus") == []


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ('activity.order = { path = "/orders" }',
         "activity.order is not a setting. Did you mean orders?"),
        ('activity.orders.path = "orders"', "activity.orders.path must begin with /."),
        ('activity.orders.page.kind = "pages"', 'activity.orders.page.kind must be "keyset", '
         '"next", "none", "offset", "page" or "token". Did you mean page?'),
        ('activity.orders.query.page = "1"',
         "activity.orders.query has no {page}: every page would be the first."),
        ('activity.orders.deleted.query.gone = "1"',
         "activity.orders.deleted needs a since, too: it is asked for changes."),
        ('activity.orders.records.id = "a..b"', "activity.orders.records.id cannot be read: "
         "'a..b' is not a path like a.b, a[0], a[].b or a[k=v].b."),
        ('activity.orders.map.placed = "x"', "activity.orders.map.placed is not a setting. "
         "Did you mean placed_at?"),
        ('activity.orders.map.amount = "x | cent"', "activity.orders.map.amount cannot be read: "
         "'cent' is not a filter. Did you mean cents?"),
        ('activity.orders.map.seller = "x | lookup sellers"', "activity.orders.map.seller cannot "
         "be read: there is no lookup 'sellers'."),
        ('activity.orders.map.state.words = { A = "opn" }', "activity.orders.map.state.words.A "
         "must be one of open, done, cancelled, unknown. Did you mean open?"),
        ('activity.orders.map.kind = { path = "k", words = { A = "recibo" } }', "activity.orders."
         "map.kind.words.A must be one of order, quote, return, receipt, unknown. "
         "Did you mean receipt?"),
        ('activity.orders.map.items = { at = "i", parts = { name = "n", price = "p" } }',
         "activity.orders.map.items.parts.price is no part of items. "
         "There are name, quantity, amount, total."),
        ('activity.orders.map.items = { at = "i", parts = { total = "t" } }',
         "activity.orders.map.items.parts.name is missing: without it there are no items."),
    ],
)  # fmt: skip
def test_mistakes_in_what_customers_do(text: str, told: str):
    over = merged(tomllib.loads(ORDERS), tomllib.loads(text))

    assert _mistakes(over, "protheus") == [told]


def test_a_stream_without_its_map_or_its_customer_is_told():
    table = tomllib.loads(ORDERS)
    del table["activity"]["orders"]["map"]["customer"]
    assert _mistakes(table, "protheus") == ["activity.orders.map.customer is missing."]

    del table["activity"]["orders"]["map"]
    assert _mistakes(table, "protheus") == ["activity.orders.map is missing."]


@pytest.mark.parametrize(("field", "part"), [("phones", "number"), ("dependents", "name")])
def test_a_part_without_which_there_is_nothing(field: str, part: str):
    table = preset("omni")
    del table["map"][field]["parts"][part]

    (mistake,) = checked(table)[1]

    told = f"map.{field}.parts.{part} is missing: without it there are no {field}."
    assert str(mistake) == told


def test_a_mistake_that_follows_from_another_is_not_told():
    assert _one("stream.page.kind = 'tokem'").startswith("stream.page.kind must be")
    assert _one("stream.records.stamp = 5").startswith("stream.records.stamp must be a text")


def test_no_value_is_repeated():
    secret = "sesame-0123"
    over = {
        "auth": {"kind": secret, "put": {"header:A": [secret]}},
        "stream": {"page": {"kind": secret}},
        "protocol": secret,
        "map": {"name": [[secret]]},
    }
    assert len(_mistakes(over)) >= 4
    assert secret not in repr(_mistakes(over))


def test_a_name_of_the_settings_may_have_been_meant_too():
    told = checked(merged(preset("omni"), {"intervall": "5m"}), ("interval",))[1]

    assert [str(one) for one in told] == ["intervall is not a setting. Did you mean interval?"]


def test_sell_is_held_against_its_own_definition():
    over = {"mode": "pollin", "stream": {}, "map": {"name": "a..b"}}

    told = _mistakes(over, "sell")

    assert [one.partition(" ")[0] for one in told] == ["stream", "mode", "map.name"]


def test_a_stream_that_a_master_does_not_serve_cannot_be_chosen():
    assert _mistakes({"streams": ["deals", "orders"]}, "sell") == [
        "streams[1] names orders, which this master does not serve."
    ]
    assert _mistakes({"streams": ["visits"]}, "ploomes") == [
        "streams[0] names visits, which this master does not serve."
    ]


def test_sell_s_deals_are_held_against_the_words_there_are():
    over = {"deals": {"stage": "stage_id | lookup stage", "state": {"words": {"x": "opn"}}}}

    assert _mistakes(over, "sell") == [
        "deals.state.words.x must be one of open, won, lost, unqualified, unknown. "
        "Did you mean open?",
        "deals.stage cannot be read: there is no lookup 'stage'. Did you mean stages?",
    ]


@pytest.mark.parametrize(
    ("auth", "named"),
    [
        ({"put": {"header:A": "Bearer ${token}"}}, {"token": "header:A"}),
        ({"user": "${who}", "password": "${word}"}, {"who": "user", "word": "password"}),
        ({"body": {"login": {"key": "${key}"}}}, {"key": "key"}),
        ({}, {}),
    ],
)
def test_the_secrets_that_a_file_names(auth: dict[str, Any], named: dict[str, str]):
    assert secrets_of({"auth": auth}) == named
    assert secrets_of({"protocol": "sell"}).keys() == {"token"}
