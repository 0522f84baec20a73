"""What is shown before the eye is pressed: every personal value with most of it hidden."""

from mirror.masking.fields import (
    Texts,
    initials,
    mask_address,
    mask_birth_date,
    mask_dependent,
    masked_customer,
    texts_of,
)
from mirror.masking.free_text import mask_text, numbers_in
from mirror.masking.identifiers import STYLES, mask_document, mask_email, mask_phone, mask_shape

__all__ = [
    "STYLES",
    "Texts",
    "initials",
    "mask_address",
    "mask_birth_date",
    "mask_dependent",
    "mask_document",
    "mask_email",
    "mask_phone",
    "mask_shape",
    "mask_text",
    "masked_customer",
    "numbers_in",
    "texts_of",
]
