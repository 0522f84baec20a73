"""CPF, CNPJ, telephones, dates, amounts, families and addresses as Brazilian masters spoil them."""

import json
from typing import Any

from tests.fakes.hostile import reply
from tests.hostile.catalogue import Case, Outcomes, plays
from tests.hostile.outcomes import ACCEPTED
from tests.hostile.payloads import STAMP, one, page, sole, texts
from tests.hostile.scene import Scene


@plays("B01", "B02", "B08")
def documents_with_wrong_digits(scene: Scene, case: Case) -> Outcomes:
    """Kept as the master has them, flagged, and found by the same characters."""
    told = sole(case["payload"])
    number = json.loads(case["payload"]["value"])["items"][0][case["where"]]
    people = scene.taken(told)
    assert "document_invalid" in people["1"]["flags"]
    assert scene.codes(document=number) == ["1"]
    assert "dígito verificador que não confere" in scene.html_of("1")
    return ACCEPTED


@plays("B04")
def digits_of_other_scripts(scene: Scene, case: Case) -> Outcomes:
    """Digits are read whatever their script; those of a footnote are none, and nobody is lost."""
    people = scene.taken(page(one(id=2, cpf="¹²³⁴⁵⁶⁷⁸⁹⁰¹"), one(id=3, cpf="٥٢٩٩٨٢٢٤٧٢٥")))
    assert (people["2"]["flags"], people["3"]["flags"]) == (("document_invalid",), ())
    assert scene.codes(document="529.982.247-25") == scene.codes(document="٥٢٩٩٨٢٢٤٧٢٥") == ["3"]
    people = scene.taken(sole(case["payload"]))
    assert people["1"]["documents"] == ["12345678901"]
    assert scene.codes(document="12345678901") == ["1"]
    return ACCEPTED


@plays("B05")
def a_line_end_behind_the_digits(scene: Scene, case: Case) -> Outcomes:
    people = scene.taken(sole(case["payload"]))
    assert people["1"]["documents"] == ["52998224725"]
    assert people["1"]["flags"] == ()
    assert scene.codes(document="529.982.247-25") == ["1"]
    return ACCEPTED


@plays("B07")
def letters_in_lower_case(scene: Scene, case: Case) -> Outcomes:
    people = scene.taken(sole(case["payload"]))
    assert people["1"]["documents"] == ["12ABC34501DE35"]
    assert people["1"]["flags"] == ()
    assert scene.codes(document="12.ABC.345/01DE-35") == ["1"]
    return ACCEPTED


@plays("B10")
def one_telephone_in_many_forms(scene: Scene, case: Case) -> Outcomes:
    *whole, local = texts(case["payload"])
    people = scene.taken(page(*(one(id=i, phone=text) for i, text in enumerate(whole, 1))))
    assert [people[str(i)]["phones"] for i in range(1, 5)] == [["+5511987654321"]] * 4
    people = scene.taken(page(one(id=5, phone=local)))
    assert people["5"]["phones"] == ["987654321"]
    assert sorted(scene.codes(phone="(11) 98765-4321")) == ["1", "2", "3", "4"]
    assert sorted(scene.codes(phone="98765-4321")) == ["1", "2", "3", "4", "5"]
    return ACCEPTED


@plays("B11")
def telephones_that_are_none(scene: Scene, case: Case) -> Outcomes:
    """The extension alone is no fault: it is split off."""
    *bad, extended = texts(case["payload"])
    for number, text in enumerate(bad, 1):
        person = scene.taken(page(one(id=number, phone=text)))[str(number)]
        assert (person["phones"], person["flags"]) == ([], ("phone_invalid",))
    assert scene.taken(page(one(id=3, phone=extended)))["3"]["phones"] == ["+5511987654321"]
    assert "ramal 9" in scene.html_of("3")
    return ACCEPTED


@plays("B13")
def birthdays_that_never_were(scene: Scene, case: Case) -> Outcomes:
    for version, text in enumerate(texts(case["payload"]), 1):
        person = scene.taken(page(one(v=version, birth_date=text)))["1"]
        assert (person["version"], person["birth_date"]) == (version, None)
        assert person["flags"] == (() if text == "0000-00-00" else ("birth_date_invalid",))
        assert scene.html_of("1")
    return ACCEPTED


@plays("B14")
def amounts_that_are_none(scene: Scene, case: Case) -> Outcomes:
    """The only figures a map knows are whole; minus nought is nought."""
    *bad, nought = texts(case["payload"])
    for number, text in enumerate(bad, 1):
        person = scene.taken(_amount(number, text))[str(number)]
        assert person["loyalty"]["points"] is None
        assert person["flags"] in (("loyalty_invalid",), ())  # "NaN" says nothing
    assert scene.taken(_amount(9, nought))["9"]["loyalty"]["points"] == 0
    return ACCEPTED


def _amount(number: int, text: str) -> bytes:
    item = f'{{"id":{number},"v":1,"updated_at":"{STAMP}","money":{text}}}'
    return reply(f'{{"items":[{item}],"next":null,"has_more":false}}'.encode())


@plays("B16")
def ten_thousand_dependents(scene: Scene, case: Case) -> Outcomes:
    child: dict[str, Any] = {"name": "Ana"}
    person = scene.taken(page(one(dependents=[child] * 10_000)))["1"]
    assert (len(person["dependents"]), person["flags"]) == (50, ("dependents_truncated",))
    child["dependents"] = [{"name": "Ana", "dependents": []}]
    people = scene.taken(page(one(id=2, dependents=[child] * 50)))
    assert len(people["2"]["dependents"]) == 50
    assert people["2"]["dependents"][0] == {"name": "Ana", "relation": None, "birth_date": None}
    return ACCEPTED


@plays("B17")
def five_hundred_addresses(scene: Scene, case: Case) -> Outcomes:
    place = {"city": "São Paulo", "state": "XX", "postal_code": "0131010", "lat": "-23.5 S"}
    person = scene.taken(page(one(addresses=[place] * 500)))["1"]
    assert len(person["addresses"]) == 20
    assert {"addresses_truncated", "postal_code_invalid"} <= set(person["flags"])
    assert {one["postal_code"] for one in person["addresses"]} == {None}
    assert "-23.5" not in repr(person)
    assert scene.html_of("1")
    return ACCEPTED


@plays("B19")
def a_purchase_that_is_still_to_come(scene: Scene, case: Case) -> Outcomes:
    person = scene.taken(sole(case["payload"]))["1"]
    assert person["last_purchase_at"] is None  # lists and filters by date do not trust it
    assert "last_purchase_future" in person["flags"]
    shown = scene.html_of("1")
    assert "Última compra com data no futuro: não conta. O sistema de origem diz " in shown
    return ACCEPTED
