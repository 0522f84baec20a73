"""Which sources may be told that something changed: those whose dialect says how, with a secret."""

from config.assemble import secret_of, table_of
from config.settings import Settings
from web.hooks import Hook

_SECRET = "hook"  # noqa: S105 -- the name of the secret, not the secret


def hooks_of(settings: Settings) -> dict[str, Hook]:
    """The hooks of the settings, by source; raises BadSettings for a secret that is not there."""
    hooks = {}
    for source in settings.sources:
        told = table_of(settings, source).get("hook")
        if told and _SECRET in source.secrets:
            secret = secret_of(settings, source, _SECRET)
            hooks[source.name] = Hook(told["header"], secret, tuple(told.get("id", ())))
    return hooks
