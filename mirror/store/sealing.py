"""Keys, sealed documents and the blind index: what makes a stolen file useless; opens sealed rows.

One 32-byte root lives in a file that only the service can read. Everything else is derived from it
(HKDF-SHA256, one label per use), so two uses never share a key.
"""

import os
import secrets
import stat
from collections.abc import Callable, Iterable, Mapping
from datetime import date
from functools import cached_property
from hashlib import blake2b
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from sqlalchemy import Connection, Row, bindparam, select

from mirror.facets import NARROW, Facet
from mirror.instants import instant_of
from mirror.records import Customer, Deal, Order, Payment, Record, Visit
from mirror.store.engine import ID_NAMES, ID_PLACES, Link, Prepared, chunks, filled
from mirror.store.tables import customer

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

KEY_BYTES = 32
KEY_ID = b"\x01"
"""First byte of every sealed text: which root sealed it. Rotation will add others."""

BLIND_BYTES = 16
_WORDS_KEPT = 20_000
BLIND_KINDS = ("cpf", "cnpj", "document", "email", "phone_tail", "code", "name", "narrow")


class KeyProblem(Exception):
    """The key file cannot be used; the message says why and what to do."""


class SealBroken(Exception):
    """A sealed text does not open: another key, another row, or altered bytes."""


class Keyring:
    """All keys of one installation, derived from its root."""

    def __init__(self, root: bytes) -> None:
        if len(root) != KEY_BYTES:
            raise KeyProblem(f"The root key must be {KEY_BYTES} bytes, not {len(root)}.")
        self._root = root
        self._derived: dict[str, bytes] = {}

    def derive(self, use: str) -> bytes:
        """The 32-byte key of one use, e.g. ``database mirror``."""
        key = self._derived.get(use)
        if key is None:  # one page needs some of them several times
            kdf = HKDF(SHA256(), KEY_BYTES, salt=b"espelho", info=use.encode())
            self._derived[use] = key = kdf.derive(self._root)
        return key

    @cached_property
    def _cipher(self) -> "AESGCM":
        # Brings every cipher and mode there is along; a command that opens no record needs none.
        from cryptography.hazmat.primitives.ciphers.aead import AESGCM

        return AESGCM(self.derive("seal documents"))

    def seal(self, clear: bytes, row: str) -> bytes:
        """Encrypt ``clear`` so that it opens only for the same ``row`` (its id and version)."""
        nonce = os.urandom(12)
        return KEY_ID + nonce + self._cipher.encrypt(nonce, clear, row.encode())

    def open(self, sealed: bytes, row: str) -> bytes:
        """The clear bytes; raises SealBroken when key, row or bytes are not the sealed ones."""
        try:
            if sealed[:1] != KEY_ID:
                raise InvalidTag
            return self._cipher.decrypt(sealed[1:13], sealed[13:], row.encode())
        except (InvalidTag, ValueError):
            raise SealBroken(f"the sealed record of {row} does not open with this key") from None

    @cached_property
    def _blinders(self) -> dict[str, "blake2b"]:
        # A keyed hash begun once and copied costs half of one begun for every value.
        return {
            kind: blake2b(digest_size=BLIND_BYTES, key=self.derive(f"blind {kind}"))
            for kind in BLIND_KINDS
        }

    def blind(self, kind: str, text: str) -> bytes:
        """The 16-byte lookup key of a canonical value; kinds never share keys."""
        blinder = self._blinders[kind].copy()
        blinder.update(text.encode())
        return blinder.digest()

    def blind_all(self, terms: Iterable[tuple[str, str]]) -> list[bytes]:
        """The lookup keys of ``(kind, canonical value)`` pairs, sorted, each once."""
        word, other = self.blind_word, self.blind
        return sorted({word(text) if kind == "name" else other(kind, text) for kind, text in terms})

    def blind_word(self, word: str) -> bytes:
        """The lookup key of a word of a name."""
        return self._of_a_word("name", word)

    def blind_facet(self, narrowing: str) -> Facet:
        """The facet of what names are narrowed by (`mirror.identifiers.search_terms`)."""
        return NARROW, self._of_a_word("narrow", narrowing).hex()

    def _of_a_word(self, kind: str, word: str) -> bytes:
        key = self._words.get((kind, word))
        if key is None:
            key = self.blind(kind, word)
            if len(self._words) < _WORDS_KEPT:
                self._words[kind, word] = key
        return key

    @cached_property
    def _words(self) -> dict[tuple[str, str], bytes]:
        # Words of names and of places come back again and again; other values hardly ever do.
        return {}

    def fingerprint(self, use: str) -> Callable[[bytes], bytes]:
        """A keyed 16-byte hash for ``use`` (what a raw record is compared by)."""
        begun = blake2b(digest_size=16, key=self.derive(f"fingerprint {use}"))

        def of(raw: bytes) -> bytes:
            one = begun.copy()
            one.update(raw)
            return one.digest()

        return of


def customer_seal(source: str, external_id: str, version: int) -> str:
    """What a customer's document is sealed to: it opens in no other row and at no other version."""
    return f"customer/{source}/{external_id}@{version}"


def word_seal(key: bytes) -> str:
    """What a word of the vocabulary is sealed to: the key that it is looked up by."""
    return f"name word/{key.hex()}"


def shape_seal(source: str, subject: str) -> str:
    """What the shape of a quarantined value is sealed to."""
    return f"quarantine/{source}/{subject}/shape"


def activity_seal(stream: str, source: str, external_id: str, version: int) -> str:
    """What an activity's document is sealed to."""
    return f"{stream}/{source}/{external_id}@{version}"


def create_key(path: Path) -> None:
    """Write a new random root to ``path``, readable by its owner only; never overwrites one."""
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        raise KeyProblem(
            f"{path} exists already: a key is never overwritten, what it sealed would be lost."
        ) from None
    with os.fdopen(handle, "wb") as file:
        file.write(secrets.token_bytes(KEY_BYTES))
        file.flush()
        os.fsync(file.fileno())


def load_key(path: Path) -> Keyring:
    """Read the root; refuses a missing, foreign or readable-by-others file with what to do."""
    try:
        state = path.stat()
        root = path.read_bytes()
    except FileNotFoundError:
        raise KeyProblem(
            f"The key file {path} is missing. A new installation gets one from `espelho init`; "
            "an existing mirror needs the key it was made with: restore it from your backup."
        ) from None
    except PermissionError:
        raise KeyProblem(f"The key file {path} cannot be read by this user.") from None
    if state.st_mode & (stat.S_IRWXG | stat.S_IRWXO):
        mode = stat.S_IMODE(state.st_mode)
        raise KeyProblem(
            f"The key file {path} can be read by others (mode {mode:04o}). "
            f"Run `chmod 600 {path}`, and replace the key if anybody may have copied it."
        )
    if len(root) != KEY_BYTES:
        raise KeyProblem(f"The key file {path} holds {len(root)} bytes instead of {KEY_BYTES}.")
    return Keyring(root)


# Opens sealed rows: a customer or an activity as the mirror has it.

_decode = msgspec.msgpack.Decoder(Customer).decode
_row = select(
    customer.c.id,
    customer.c.source,
    customer.c.external_id,
    customer.c.version,
    customer.c.observed_at,
    customer.c.last_purchase_at,
    customer.c.company,
    customer.c.doc,
)
_one = Prepared(_row.where(customer.c.id == bindparam("one")), "one")
_some = Prepared(_row.where(customer.c.id.in_(ID_PLACES)), *ID_NAMES)

MOST_ID = 2**63 - 1
"""An address may name any number; the database knows 64 bits."""


class Found(msgspec.Struct, frozen=True):
    """A customer as the mirror has it."""

    id: int
    source: str
    external_id: str
    version: int
    observed_at: int
    """When this version was written here, microseconds since 1970."""
    last_purchase_at: int | None
    """As the master says, or the newest order's: microseconds since 1970."""
    company: str | None
    """External id of the company where a person works."""
    customer: Customer
    problem: tuple[str, str] | None = None
    """Field and rule of a newer row of the master that could not be read (see quarantine)."""


def open_customer(
    keys: Keyring, source: str, external_id: str, version: int, doc: bytes
) -> Customer:
    """The record inside a row; raises SealBroken when it was not sealed for this row."""
    return _decode(keys.open(doc, customer_seal(source, external_id, version)))


def load(within: Connection | Link, keys: Keyring, ids: list[int]) -> list[Found]:
    """The rows of these ids, in their order; ids that are no longer there are left out."""
    rows: list[tuple[int, str, str, int, int, int | None, str | None, bytes]]
    if len(ids) == 1:  # as most lookups find
        rows = _one.rows(within, *ids)
    else:
        rows = [row for part in chunks(ids) for row in _some.rows(within, *filled(part))]
    found = {
        row[0]: Found(*row[:7], open_customer(keys, row[1], row[2], row[3], row[7])) for row in rows
    }
    return [found[row_id] for row_id in ids if row_id in found]


# Opens rows of activity: a record as the mirror has it, unsealed.

_TYPES: dict[str, type[Record]] = {
    "orders": Order,
    "payments": Payment,
    "deals": Deal,
    "visits": Visit,
}
_DECODERS = {name: msgspec.msgpack.Decoder(kind) for name, kind in _TYPES.items()}
ERASED = "erased"
"""Flag of a record whose texts were erased with its customer."""


class Seen(msgspec.Struct, frozen=True):
    """An activity as the mirror has it."""

    id: int
    stream: str
    source: str
    external_id: str
    observed_at: int
    """When this version was written here, microseconds since 1970."""
    record: Any
    """An Order, Payment, Deal or Visit."""


def open_activity(keys: Keyring, stream: str, row: Row[Any]) -> Seen:
    """The record inside a row of a stream's table; raises SealBroken for another row's seal."""
    record: Record
    if row.doc:
        place = activity_seal(stream, row.source, row.external_id, row.version)
        record = _DECODERS[stream].decode(keys.open(row.doc, place))
    else:
        record = _left(stream, row._mapping)
    return Seen(row.id, stream, row.source, row.external_id, row.observed_at, record)


def _left(stream: str, row: Mapping[Any, Any]) -> Record:
    """What is left of an activity whose customer is gone: amounts, dates and states."""
    clear = ("external_id", "version", "customer", "state", "currency", "amount")
    same = {name: row[name] for name in clear}
    given = same | {"flags": (ERASED,)}
    match stream:
        case "orders":
            return Order(**given, kind=row["kind"], placed_at=instant_of(row["placed_at"]))
        case "payments":
            due = date.fromisoformat(row["due_on"]) if row["due_on"] else None
            paid = None if row["paid_at"] is None else instant_of(row["paid_at"])
            return Payment(**given, due_on=due, paid_at=paid, paid_amount=row["paid_amount"])
        case "deals":
            return Deal(**given, opened_at=instant_of(row["opened_at"]))
    return Visit(**given, page="", visited_at=instant_of(row["visited_at"]))
