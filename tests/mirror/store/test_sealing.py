"""A sealed text opens with its key, in its row, at its version, and nowhere else."""

from collections.abc import Callable

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from mirror.store.engine import Database
from mirror.store.sealing import (
    BLIND_KINDS,
    KeyProblem,
    Keyring,
    SealBroken,
    customer_seal,
    open_customer,
)
from mirror.store.tables import customer
from tests.fakes.somebody import somebody

KEYS = Keyring(b"one root key of thirty-two bytes")
OTHER = Keyring(b"one root key of thirty-two bytez")


@given(st.binary(max_size=200), st.text(max_size=40))
@example("Ana Araújo".encode(), "customer/loja/7")
def test_what_was_sealed_opens_again(clear: bytes, row: str):
    assert KEYS.open(KEYS.seal(clear, row), row) == clear


def test_the_same_text_is_never_sealed_to_the_same_bytes():
    assert len({KEYS.seal(b"Maria", "row") for _ in range(50)}) == 50


def test_it_does_not_open_in_another_row():
    sealed = KEYS.seal(b"Maria", customer_seal("loja", "7", 1))
    for row in (customer_seal("loja", "8", 1), customer_seal("outra", "7", 1), "quarantine/loja/7"):
        with pytest.raises(SealBroken):
            KEYS.open(sealed, row)


def test_it_does_not_open_at_another_version():
    sealed = KEYS.seal(b"Maria", customer_seal("loja", "7", 1))
    with pytest.raises(SealBroken):
        KEYS.open(sealed, customer_seal("loja", "7", 2))


def test_it_does_not_open_with_another_key():
    with pytest.raises(SealBroken):
        OTHER.open(KEYS.seal(b"Maria", "row"), "row")


def test_no_altered_bit_goes_unnoticed():
    sealed = KEYS.seal(b"Maria", "row")
    for place in range(len(sealed)):
        altered = sealed[:place] + bytes([sealed[place] ^ 1]) + sealed[place + 1 :]
        with pytest.raises(SealBroken):
            KEYS.open(altered, "row")


def test_no_cut_goes_unnoticed():
    sealed = KEYS.seal(b"Maria", "row")
    for length in range(len(sealed)):
        with pytest.raises(SealBroken):
            KEYS.open(sealed[:length], "row")


def test_the_refusal_names_the_row_and_no_value():
    with pytest.raises(SealBroken, match="row 7") as refusal:
        KEYS.open(KEYS.seal(b"Maria", "row 8"), "row 7")
    assert "Maria" not in str(refusal.value)


def test_the_root_has_exactly_32_bytes():
    for length in (0, 16, 31, 33, 64):
        with pytest.raises(KeyProblem, match=f"not {length}"):
            Keyring(bytes(length))


def test_every_use_has_its_own_key():
    uses = ("seal documents", "database mirror", "database ledger", "blind cpf")
    keys = {KEYS.derive(use) for use in uses}
    assert len(keys) == len(uses)
    assert all(len(key) == 32 for key in keys)


def test_a_lookup_key_is_of_its_kind_and_root_alone():
    blind = {KEYS.blind(kind, "52998224725") for kind in BLIND_KINDS}
    assert len(blind) == len(BLIND_KINDS)
    assert KEYS.blind("cpf", "52998224725") == KEYS.blind("cpf", "52998224725")
    assert KEYS.blind("cpf", "52998224725") != OTHER.blind("cpf", "52998224725")
    assert all(len(key) == 16 for key in blind)


def test_lookup_keys_come_sorted_and_each_once():
    terms = [("name", "maria"), ("cpf", "1"), ("name", "maria"), ("email", "maria")]
    singly = {KEYS.blind(kind, text) for kind, text in terms}
    assert KEYS.blind_all(terms) == sorted(singly)
    assert KEYS.blind_all(reversed(terms)) == sorted(singly)


def test_a_fingerprint_is_of_its_use_and_root():
    raw = b'{"id":1}'
    prints = {k.fingerprint(use)(raw) for k in (KEYS, OTHER) for use in ("content", "page")}
    assert len(prints) == 4
    assert KEYS.fingerprint("content")(raw) == KEYS.fingerprint("content")(raw)


def test_a_row_moved_to_another_customer_does_not_open(
    mirror_with: Callable[..., Database], keys: Keyring
):
    db = mirror_with(somebody(1), somebody(2))
    with db.reading() as connection:
        docs = {row.external_id: row.doc for row in connection.execute(customer.select())}

    assert open_customer(keys, "loja", "C-1", 1, docs["C-1"]).external_id == "C-1"
    with pytest.raises(SealBroken):
        open_customer(keys, "loja", "C-2", 1, docs["C-1"])
