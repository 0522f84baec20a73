"""Makes CPFs, CNPJs, RGs, boletos and Pix texts: check digits right, never the same for two.

Modulo 11 as Receita Federal publishes it; a CNPJ character counts as its ASCII code minus 48, which
also serves the alphanumeric CNPJ (IN RFB 2.229/2024).
"""

from binascii import crc_hqx
from operator import mul

from connector.sandbox.brazil import Roll

_SEED_STEP = 271_828_182_845
_CPF_NUMBERS = 10**9
_CPF_STEP = 618_033_989  # odd and no multiple of 5: index x step never repeats below 10⁹
_CPF_WEIGHTS = bytes(range(11, 1, -1))
_ROOTS = 10**8
_ROOT_STEP = 61_803_399
_LETTER_ROOTS = 36**8
_LETTER_ROOT_STEP = 1_234_567_891_235  # no factor in common with 36
_CNPJ_WEIGHTS = bytes((6, 5, 4, 3, 2, 9, 8, 7, 6, 5, 4, 3, 2))
_ORDERS = ("0001", "0001", "0002")
_LETTER_ORDERS = ("0A01", "01DE")
_ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
_VALUES = bytes(max(0, code - ord("0")) for code in range(256))


def _checked(characters: str, weights: bytes) -> str:
    """The characters and their two check digits; ``weights`` are the second digit's."""
    values = characters.encode().translate(_VALUES)
    first = -sum(map(mul, values, weights[1:])) % 11 % 10
    second = -(sum(map(mul, values, weights)) + first * weights[-1]) % 11 % 10
    return f"{characters}{first}{second}"


def cpf(seed: int, number: int) -> str:
    """Eleven digits, valid, another for every ``number`` below 10⁹."""
    return _checked(f"{(number * _CPF_STEP + seed * _SEED_STEP) % _CPF_NUMBERS:09d}", _CPF_WEIGHTS)


def cnpj(seed: int, number: int, roll: Roll) -> str:
    """Fourteen characters, valid; three in twenty have letters, as new companies do since 2026."""
    lettered, order = roll() % 20 < 3, roll()
    if lettered:
        root = _in_letters((number * _LETTER_ROOT_STEP + seed * _SEED_STEP) % _LETTER_ROOTS)
        return _checked(root + _LETTER_ORDERS[order % 2], _CNPJ_WEIGHTS)
    root = f"{(number * _ROOT_STEP + seed * _SEED_STEP) % _ROOTS:08d}"
    return _checked(root + _ORDERS[order % 3], _CNPJ_WEIGHTS)


def _in_letters(number: int) -> str:
    characters = []
    for _ in range(8):
        number, place = divmod(number, 36)
        characters.append(_ALPHABET[place])
    return "".join(characters)


def punctuated_cpf(number: str) -> str:
    """``123.456.789-09``."""
    return f"{number[:3]}.{number[3:6]}.{number[6:9]}-{number[9:]}"


def punctuated_cnpj(number: str) -> str:
    """``12.ABC.345/01DE-35``."""
    return f"{number[:2]}.{number[2:5]}.{number[5:8]}/{number[8:12]}-{number[12:]}"


def mistyped(number: str) -> str:
    """The same number with a wrong last digit."""
    return f"{number[:-1]}{(int(number[-1]) + 1) % 10}"


def rg(roll: Roll, state: str) -> str:
    """An identity card's number, as the state's police would write it."""
    return f"{roll() % 100:02d}.{roll() % 1000:03d}.{roll() % 1000:03d}-{roll() % 10} SSP/{state}"


# What is printed on a boleto and pasted for a Pix: bar code, typed line and Pix text, checked.
#
# Bar code and line as FEBRABAN and the Central Bank lay them out (bank 001, currency 9, the due
# date as days since 1997-10-07, counted from 1000 again after 9999); Pix as its BR Code manual
# does.

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
