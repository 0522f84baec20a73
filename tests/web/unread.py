"""Puts records into quarantine, as a run does that cannot read them."""

from mirror.masking import mask_shape
from mirror.writing import quarantine
from mirror.writing.quarantine import Refusal
from tests.fakes.shopfront import Shopfront

WHAT_WAS_SENT = b'{"nome": ["Zuleica Prado"]}'


def keep_unread(shop: Shopfront, feed: str, *subjects: str, customer: str | None = None) -> None:
    refusals = [
        Refusal(
            subject,
            None if subject.startswith("hash:") else subject,
            "name",
            "not_text",
            b"c" * 16,
            WHAT_WAS_SENT,
            customer=customer,
            shape=mask_shape(["Zuleica Prado"]),
        )
        for subject in subjects
    ]
    with shop.mirror.writing() as connection:
        quarantine.put(connection, shop.mirror.keys, feed, refusals)
