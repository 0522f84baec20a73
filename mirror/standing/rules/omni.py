"""Omni OMS: the registration is the master's own and always as received; no rule moves it.

The article has four states and says of one of them what it is good for:

- ``active`` (*Ativo*): the registration is active and the customer fit for transactions;
- ``inactive`` (*Inativo*): deactivated, for whatever reason;
- ``blocked`` (*Bloqueado*) and ``deleted`` (*Excluído*): options of the list's filter, not
  explained further. Being an option, a deleted registration is still in the master and can be
  found: it is not a customer the master no longer has.

So this rule set has no axis (`mirror.standing.rules`), no steps, and nothing to derive them from.
"""


def standing(registration: str) -> str:
    """The registration itself: neither what a customer did nor time makes it another."""
    return registration


def fit_for_business(registration: str) -> bool:
    """Whether the registration is "ativo e apto para transações": of an active one only."""
    return registration == "active"
