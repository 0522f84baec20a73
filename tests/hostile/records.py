"""JSON as parsers disagree on it: numbers, nesting, keys twice, encodings, unknown fields."""

from tests.fakes.hostile import reply
from tests.fakes.master import encode
from tests.hostile.catalogue import Case, Outcomes, plays
from tests.hostile.outcomes import ACCEPTED, quarantines, refuses
from tests.hostile.payloads import STAMP, answers, page_of, sole
from tests.hostile.scene import Scene


@plays("J01")
def a_number_that_is_none(scene: Scene, case: Case) -> Outcomes:
    """It is nothing, and costs neither its record nor the page."""
    assert "1" in scene.taken(*answers(case["payload"]))
    return ACCEPTED


@plays("J08", "J10", "J11")
def a_body_that_is_no_page(scene: Scene, case: Case) -> Outcomes:
    return refuses(scene, *answers(case["payload"]))


@plays("J02")
def a_number_beyond_numbers(scene: Scene, case: Case) -> Outcomes:
    """Its record waits in quarantine; the one beside it is read."""
    told = sole(case["payload"])
    found = quarantines(scene, told, "record: not_json")
    beside = told.partition(b"\r\n\r\n")[2].replace(b'"items":[', b'"items":[%b,' % _good(77))
    assert "77" in scene.taken(reply(beside))
    return found


@plays("J04")
def nesting_without_measure(scene: Scene, case: Case) -> Outcomes:
    deep = b"[" * 100_000 + b"]" * 100_000
    reached = refuses(scene, reply(deep), reply(b'{"items":%b}' % deep))
    # Shallow enough to be JSON, too deep for a filter that would go into every list.
    inside = page_of(f'{{"id":1,"v":1,"cpf":{"[" * 700}{"]" * 700}}}')
    quarantines(scene, inside, "name: not_text", map={"name": "cpf | digits"})
    return reached


@plays("J05")
def the_same_key_twice(scene: Scene, case: Case) -> Outcomes:
    """In a record it costs that record, around the records it costs the page."""
    refuses(scene, reply(b'{"items":[],"items":[],"next":null,"has_more":false}'))
    return quarantines(scene, sole(case["payload"]), "record: repeated_key")


@plays("J07")
def a_byte_order_mark(scene: Scene, case: Case) -> Outcomes:
    before = scene.state()
    scene.taken(sole(case["payload"]))
    assert scene.state() == before
    return ACCEPTED


@plays("J13", "J14")
def fields_that_nobody_asked_for(scene: Scene, case: Case) -> Outcomes:
    people = scene.taken(sole(case["payload"]))
    assert not [word for word in ("p@ss", "admin", "novo") if word in repr(people)]
    assert "admin" not in scene.html_of("1")
    assert "admin" not in scene.lookup(code="1").text
    assert not [file for file in scene.data_dir.iterdir() if b"p@ss" in file.read_bytes()]
    return ACCEPTED


@plays("J16")
def a_poisoned_page(scene: Scene, case: Case) -> Outcomes:
    items = [{"v": 1} if number < 200 else {"id": number, "v": 1} for number in range(500)]
    dated = [item | {"updated_at": STAMP} for item in items]
    return refuses(scene, reply(encode({"items": dated, "next": None, "has_more": False})))


def _good(number: int) -> bytes:
    return encode({"id": number, "v": 1, "updated_at": STAMP, "name": "Boa Vizinha"})
