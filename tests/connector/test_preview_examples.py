"""An example says what kind of thing a field holds; nobody's value can be read from it."""

from datetime import UTC, date, datetime
from typing import Any

import pytest

from connector.preview import example_of
from mirror.records import Address, Contact, Dependent, Document, Loyalty, Phone

MOBILE = Phone("+5511987654321", "mobile")


@pytest.mark.parametrize(
    ("field", "value", "shown"),
    [
        ("name", "Deuzenir da Silva", "D******* ** S****"),
        ("name", "Ana", "***"),
        ("gender", "F", "*"),
        ("notes", "Ligar: 11 98765-4321!", "L****: ** *****-****!"),
        ("seller", "A" * 300, "A*******"),
        ("notes", "Maria " * 40, "M**** " * 12 + "…"),
        ("documents", (Document("cpf", "52998224725"),), "***.***.*47-** (cpf)"),
        ("documents", (Document("cpf", "52998224724", False),),
         "***.***.*47-** (cpf, wrong check digits)"),
        ("emails", ("maria@silva.com.br", "x@y.z"), "m***@s****.com.br"),
        ("phones", (MOBILE,), "(11) 9****-4321 (mobile)"),
        ("phones", (Phone("08007771234", "toll_free"),), "******** (toll_free)"),
        ("birth_date", date(1990, 5, 13), "**/**/1990"),
        ("last_purchase_at", datetime(2024, 5, 13, tzinfo=UTC), "**/**/2024"),
        ("addresses", (Address(street="Rua das Flores", city="Santos", main=True),),
         "street *** *** F*****, city S*****, main yes"),
        ("contacts", (Contact("Maria", email="m@silva.com", phone=MOBILE),),
         "name M****, email *@s****.com, phone (11) 9****-4321 (mobile)"),
        ("dependents", (Dependent("Joana", None, date(2019, 1, 2)),),
         "name J****, birth_date **/**/2019"),
        ("loyalty", Loyalty(points=1200, tier="Ouro"), "points ****, tier O***"),
        ("extras", {"Time": "Santos"}, "T***: S*****"),
        ("tags", ("cliente", "vip"), "c******"),
        ("external_id", "100001", "******"),
        ("master_url", "https://erp.example/c/maria", "https://…"),
        ("registration", "active", "active"),
    ],
)  # fmt: skip
def test_the_shape_is_shown_and_no_value(field: str, value: Any, shown: str):
    assert example_of(field, value) == shown
