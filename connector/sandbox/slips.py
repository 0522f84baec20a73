"""What is printed on a boleto and pasted for a Pix: bar code, typed line and Pix text, checked.

Bar code and line as FEBRABAN and the Central Bank lay them out (bank 001, currency 9, the due date
as days since 1997-10-07, counted from 1000 again after 9999); Pix as its BR Code manual does.
"""

from binascii import crc_hqx

_BANK, _CURRENCY = "001", "9"
_FIRST_DAY = 10_141  # 1997-10-07, in days since 1970-01-01
_LOWEST, _FACTORS = 1_000, 9_000
_PIX = (
    "00020126580014br.gov.bcb.pix0136{key}520400005303986"
    "54{length:02d}{amount}5802BR5915LOJA DO SANDBOX6006RECIFE62{more:02d}05{size:02d}{txid}6304"
)
_KEY = "6f1c2b3a-4d5e-4f60-8a7b-9c0d1e2f3a4b"


def barcode(number: int, due: int, amount: int) -> str:
    """The 44 digits under the bars; ``due`` in days since 1970-01-01, ``amount`` in hundredths."""
    factor = (due - _FIRST_DAY - _LOWEST) % _FACTORS + _LOWEST
    rest = f"{factor:04d}{amount:010d}{number:025d}"
    head = _BANK + _CURRENCY
    return head + _modulo_11(head + rest) + rest


def typed_line(bars: str) -> str:
    """The 47 digits people type, in their five groups."""
    free = bars[19:]
    first, second, third = (
        field + _modulo_10(field) for field in (bars[:4] + free[:5], free[5:15], free[15:])
    )
    return (
        f"{first[:5]}.{first[5:]} {second[:5]}.{second[5:]} {third[:5]}.{third[5:]}"
        f" {bars[4]} {bars[5:19]}"
    )


def pix(number: int, amount: int) -> str:
    """The text of a Pix charge (copia e cola), its checksum last."""
    reais, txid = f"{amount / 100:.2f}", f"ESP{number}"
    text = _PIX.format(
        key=_KEY, length=len(reais), amount=reais, more=len(txid) + 4, size=len(txid), txid=txid
    )
    return f"{text}{crc_hqx(text.encode(), 0xFFFF):04X}"


def _modulo_10(digits: str) -> str:
    doubled = (int(digit) * (2 - place % 2) for place, digit in enumerate(reversed(digits)))
    return str(-sum(value // 10 + value % 10 for value in doubled) % 10)


def _modulo_11(digits: str) -> str:
    weighed = sum(int(digit) * (2 + place % 8) for place, digit in enumerate(reversed(digits)))
    check = 11 - weighed % 11
    return str(check if check < 10 else 1)
