"""Why a text cannot be an identifier at all: a code for programs, a sentence for people."""

_SENTENCES = {
    "non_ascii_digits": "The number has digits other than 0 to 9; correct it in the master.",
    "phone_not_a_number": "The telephone holds more than a number; correct it in the master.",
}


class IdentifierError(ValueError):
    """The text is refused; ``code`` says by which rule. Never holds the text itself."""

    def __init__(self, code: str) -> None:
        super().__init__(_SENTENCES[code])
        self.code = code
