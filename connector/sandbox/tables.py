"""Reads the compact tables the sandbox's people are made of."""


def weighted(table: str) -> tuple[str, ...]:
    """The entries of lines ``weight: entry, entry…``, each repeated ``weight`` times.

    Picking evenly from the result picks each entry as often as its weight says.
    """
    entries: list[str] = []
    for line in table.strip().splitlines():
        weight, _, names = line.partition(":")
        entries.extend(name.strip() for name in names.split(",") for _ in range(int(weight)))
    return tuple(entries)


def listed(table: str) -> tuple[str, ...]:
    """The entries of a comma-separated text, however it is broken into lines."""
    return tuple(" ".join(entry.split()) for entry in table.split(","))
