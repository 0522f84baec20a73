"""A mirror of an earlier version is brought up to date: nothing is lost, lists fill up again."""

from pathlib import Path

import msgspec
from alembic import command
from alembic.config import Config
from sqlalchemy import select

from mirror.identifiers import classify, search_terms
from mirror.reading.find import find
from mirror.reading.listing import Filters, counts
from mirror.records import Customer
from mirror.standing import Rules
from mirror.standing.verdict import packed_axes
from mirror.store import migrations, sqlite, tables
from mirror.store.engine import Database
from mirror.store.lease import lease
from mirror.store.progress import load_checkpoint
from mirror.store.sealing import Keyring, customer_seal
from mirror.store.sqlite import create_databases, open_mirror
from mirror.store.tables import checkpoint, customer, lookup, standing
from mirror.writing import quarantine
from mirror.writing.customers import apply, remove
from mirror.writing.holds import GONE, Hold, held, holds
from mirror.writing.indexes import keep_words, split_keys
from mirror.writing.judgement import graves
from mirror.writing.standings import keep_rules
from tests.conftest import arrival
from tests.fakes import facet_sets, vocabulary
from tests.fakes.somebody import somebody

ANA = somebody(1)


def brought_to(revision: str, place: Path, keys: Keyring) -> Database:
    """An empty mirror as an earlier version made it."""
    place.mkdir()
    old = sqlite._database(place / "mirror.db", "mirror", keys, False)
    config = Config()
    here = Path(migrations.__file__).parent
    config.set_main_option("script_location", str(here))
    config.set_main_option("path_separator", "os")
    config.set_main_option("version_locations", str(here / "mirror_versions"))
    with old.writing() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, revision)
    return old


def first_schema(place: Path, keys: Keyring) -> None:
    """A mirror as the first version made it, with one customer and a cursor."""
    old = brought_to("0001", place, keys)
    with old.writing() as connection:
        sealed = keys.seal(msgspec.msgpack.encode(ANA), customer_seal("loja", "C-1", 1))
        blind = keys.blind_all(search_terms(ANA))
        connection.exec_driver_sql(
            "INSERT INTO customer (id, source, external_id, version, revision, kind, registration,"
            " observed_at, content_hash, keys, doc)"
            " VALUES (1, 'loja', 'C-1', 1, 1, 'PF', 'active', 1, ?, ?, ?)",
            (b"old".ljust(16), b"".join(blind), sealed),
        )
        for key in blind:
            connection.exec_driver_sql("INSERT INTO lookup VALUES (?, 1)", (key,))
        connection.execute(
            checkpoint.insert().values(
                source="loja", stream="customers", cursor="x", listed_at=1, interval_s=60
            )
        )
    old.close()


def found(db: Database) -> list[str]:
    return [one.external_id for one in find(db, classify(ANA.documents[0].value))]


def test_an_earlier_mirror_is_searched_at_once_and_listed_after_the_next_reading(
    tmp_path: Path, keys: Keyring
):
    first_schema(tmp_path / "data", keys)

    create_databases(tmp_path / "data", keys)

    db = open_mirror(tmp_path / "data", keys)
    assert found(db) == ["C-1"]
    with db.reading() as connection:
        point = load_checkpoint(connection, "loja")
        assert (point.cursor, point.listed_at) == (None, None)  # the master is read once more
    assert counts(db, Filters()) == 0
    with db.writing() as connection:
        apply(connection, keys, "loja", [arrival(keys, ANA)], counter=True)
    assert found(db) == ["C-1"]
    assert counts(db, Filters()) == 1
    with db.reading() as connection:
        assert len(connection.execute(select(customer.c.id)).all()) == 1
    db.close()


def test_quarantine_learns_whose_an_activity_is_from_the_next_complete_sweep(
    tmp_path: Path, keys: Keyring
):
    old = brought_to("0003", tmp_path / "data", keys)
    with old.writing() as connection:
        for source in ("loja", "loja/orders"):
            connection.exec_driver_sql(
                "INSERT INTO quarantine (source, subject, external_id, field, rule, content_hash,"
                " first_seen_at, last_seen_at, times, raw)"
                " VALUES (?, '7', '7', 'amount', 'negative_amount', X'0A', 1, 1, 1, X'0B')",
                (source,),
            )
    old.close()

    create_databases(tmp_path / "data", keys)

    db = open_mirror(tmp_path / "data", keys)
    with db.reading() as connection:
        assert quarantine.known(connection, "loja") == {"7": b"\n"}
        assert quarantine.known(connection, "loja/orders") == {"7": b""}  # refused once more
        rows = connection.execute(select(*tables.quarantine.c["customer", "raw"])).all()
    assert rows == [(None, b"\x0b")] * 2
    db.close()


def test_what_was_on_hold_before_there_were_kinds_is_a_removal(tmp_path: Path, keys: Keyring):
    old = brought_to("0004", tmp_path / "data", keys)
    with old.writing() as connection:
        connection.exec_driver_sql("INSERT INTO hold VALUES ('loja', 5, 2, 3, '7\n8', 6)")
        connection.exec_driver_sql("INSERT INTO hold VALUES ('loja/orders', 5, 1, 9, '4', NULL)")
    old.close()

    create_databases(tmp_path / "data", keys)

    db = open_mirror(tmp_path / "data", keys)
    assert holds(db) == [
        Hold("loja", GONE, 5, 2, 3, 6),
        Hold("loja/orders", GONE, 5, 1, 9, None),
    ]
    with db.reading() as connection:
        assert held(connection, "loja", GONE) == {"7", "8"}
    db.close()


def test_what_standings_gave_goes_along_when_it_moves_beside_them(tmp_path: Path, keys: Keyring):
    old = brought_to("0002", tmp_path / "data", keys)
    with old.writing() as connection:
        for number, derived in ((1, b"one."), (2, b"two."), (3, b"")):
            connection.exec_driver_sql(
                "INSERT INTO customer (id, source, external_id, version, revision, observed_at,"
                " content_hash, keys, doc, facets, derived)"
                " VALUES (?, 'loja', ?, 1, 1, 1, X'00', X'', X'', X'', ?)",
                (number, f"C-{number}", derived),
            )
        connection.exec_driver_sql("INSERT INTO standing VALUES (1, 7, X'91')")
    old.close()

    create_databases(tmp_path / "data", keys)

    db = open_mirror(tmp_path / "data", keys)
    with db.reading() as connection:
        rows = [tuple(row) for row in connection.execute(select(standing).order_by("customer"))]
    assert rows == [(1, 7, b"\x91", b"one."), (2, None, packed_axes(()), b"two.")]
    db.close()


def test_situations_become_filters_where_everybody_is_here_already(tmp_path: Path, keys: Keyring):
    old, word = brought_to("0007", tmp_path / "data", keys), "Em análise"
    told = {"sell_prospect": "lost"}
    one = somebody(1, registration="unknown", registration_received=word, standings=told)
    with old.writing() as connection:
        sealed = keys.seal(msgspec.msgpack.encode(one), customer_seal("loja", "C-1", 1))
        connection.exec_driver_sql(
            "INSERT INTO customer (id, source, external_id, version, revision, observed_at, told,"
            " content_hash, keys, doc, facets)"
            " VALUES (1, 'loja', 'C-1', 1, 1, 1, ?, X'00', X'', ?, X'')",
            (msgspec.json.encode({"standings": told}).decode(), sealed),
        )
        rules = msgspec.json.encode(Rules(names=("sell",))).decode()
        values = ("rules loja", rules, "filters loja", "[]")
        connection.exec_driver_sql("INSERT INTO meta VALUES (?, ?), (?, ?)", values)
    old.close()

    create_databases(tmp_path / "data", keys)

    db = open_mirror(tmp_path / "data", keys)
    with lease(db, tmp_path / "data") as fence:
        assert keep_rules(db, "loja", Rules(names=("sell",)), fence) == 1
        assert keep_rules(db, "loja", Rules(names=("sell",)), fence) == 0
    assert counts(db, Filters(None, (("registration", word),))) == 1
    assert counts(db, Filters(None, (("permitted", "sell_prospect"),))) == 1
    db.close()


def test_how_far_a_copy_had_come_is_kept_and_nothing_of_it_is_in_doubt(
    tmp_path: Path, keys: Keyring
):
    old = brought_to("0008", tmp_path / "data", keys)
    with old.writing() as connection:
        connection.exec_driver_sql(
            "INSERT INTO checkpoint (source, stream, cursor, listed_at, succeeded_at, attempted_at,"
            " problem, interval_s)"
            " VALUES ('loja', 'orders', '2024-05-01T00:00:00Z', 11, 22, 33, 'Nada.', 90)"
        )
    old.close()

    create_databases(tmp_path / "data", keys)

    with open_mirror(tmp_path / "data", keys).reading() as connection:
        point = load_checkpoint(connection, "loja", "orders")
    assert (point.cursor, point.listed_at, point.succeeded_at) == ("2024-05-01T00:00:00Z", 11, 22)
    assert (point.attempted_at, point.problem, point.interval_s) == (33, "Nada.", 90)
    assert (point.doubt, point.again_from) == (None, None)


def written_by_0011(place: Path, keys: Keyring, *people: Customer) -> None:
    """A mirror as the version before the vocabulary left it."""
    old = brought_to("0011", place, keys)
    with old.writing() as connection:
        for number, one in enumerate(people, 1):
            sealed = keys.seal(
                msgspec.msgpack.encode(one), customer_seal("loja", one.external_id, 1)
            )
            terms = [term for term in search_terms(one) if term != ("name", "ca")]
            blind = keys.blind_all([*terms, ("name", "of an earlier rule")])
            connection.exec_driver_sql(
                "INSERT INTO customer (id, source, external_id, version, revision, observed_at,"
                " content_hash, keys, doc, facets)"
                " VALUES (?, 'loja', ?, 1, 1, 1, X'00', ?, ?, X'')",
                (number, one.external_id, b"".join(blind), sealed),
            )
            rows = [(key, number) for key in blind]
            connection.exec_driver_sql("INSERT INTO lookup VALUES (?, ?)", rows)
        next_id = ("next_id", str(len(people) + 1))
        connection.exec_driver_sql("INSERT INTO meta VALUES (?, ?)", next_id)
    old.close()


EARLIER = (
    somebody(1, name="Ana Souza"),
    somebody(2, name="Ana d'Ávila", trade_name="Ana e Filhos"),
    somebody(3, name="Bento Lima"),
    somebody(5, name="C&A Modas"),
)


def test_a_mirror_without_a_vocabulary_is_given_one_by_the_next_cycle(
    tmp_path: Path, keys: Keyring
):
    written_by_0011(tmp_path / "data", keys, *EARLIER)
    create_databases(tmp_path / "data", keys)
    db = open_mirror(tmp_path / "data", keys)
    with db.reading() as connection:
        assert vocabulary.stored(connection, keys) == {}

    with lease(db, tmp_path / "data") as fence:
        keep_words(db, fence)
        keep_words(db, fence)
        assert keep_rules(db, "loja", Rules(), fence) == len(EARLIER)

    with db.reading() as connection:
        assert vocabulary.stored(connection, keys)["ana"] == 2
        vocabulary.check(db, connection)
        rows = connection.execute(select(customer)).all()
        found = {tuple(row) for row in connection.execute(select(lookup))}
    assert found == {(key, row.id) for row in rows for key in split_keys(row.keys)}
    assert [row.keys for row in rows] == [  # by the rules of this version
        b"".join(keys.blind_all(search_terms(one))) for one in EARLIER
    ]
    with db.reading() as connection:
        facet_sets.check(db, connection)
    db.close()


def test_what_is_written_before_its_vocabulary_is_filled_is_counted_once(
    tmp_path: Path, keys: Keyring
):
    written_by_0011(tmp_path / "data", keys, *EARLIER)
    create_databases(tmp_path / "data", keys)
    db = open_mirror(tmp_path / "data", keys)
    with db.writing() as connection:
        remove(connection, "loja", ["C-3"], "sweep")  # has no keys at hand to fill it with
    changed, new = somebody(1, 2, name="Anna Souza"), somebody(4, name="Bento Souza")
    with db.writing() as connection:
        apply(connection, keys, "loja", [arrival(keys, changed), arrival(keys, new)], counter=True)

    with db.reading() as connection:
        vocabulary.check(db, connection)
        assert vocabulary.stored(connection, keys)["souza"] == 2
    db.close()


def test_a_new_mirror_keeps_its_vocabulary_from_its_first_customer(mirror_db: Database):
    keys = mirror_db.keys
    with mirror_db.writing() as connection:
        apply(connection, keys, "loja", [arrival(keys, EARLIER[1])], counter=True)
        words = {"ana": 1, "avila": 1, "davila": 1, "filhos": 1}
        assert vocabulary.stored(connection, keys) == words


def test_an_earlier_tombstone_keeps_an_id_that_may_be_a_document_keyed_and_its_version(
    tmp_path: Path, keys: Keyring
):
    document = "52998224725"
    old = brought_to("0010", tmp_path / "data", keys)
    with old.writing() as connection:
        for name in (document, "7"):
            connection.exec_driver_sql(
                "INSERT INTO tombstone VALUES ('loja', ?, 6, 1, 'sweep', 1, X'')", (name,)
            )
    old.close()

    create_databases(tmp_path / "data", keys)

    db = open_mirror(tmp_path / "data", keys)
    with db.writing() as connection:
        kept = set(connection.execute(select(tables.tombstone.c.external_id)).scalars())
        assert "7" in kept
        assert len(kept) == 2
        assert not any(document in one for one in kept)
        assert graves(connection, "loja", [document, "7"]) == {document: 6, "7": 6}
    db.close()
