"""Schema history of both databases, applied by Alembic."""

from pathlib import Path

from alembic import command
from alembic.config import Config
from sqlalchemy import Engine

from mirror.store.engine import engine_of

_HERE = Path(__file__).parent


def upgrade(engine: Engine, name: str, after: int = 0) -> None:
    """Bring the database ``name`` (``mirror`` or ``ledger``) behind ``engine`` to the newest.

    A new one is of a generation later than ``after``, that of one which lay there before.
    """
    config = Config()
    config.set_main_option("script_location", str(_HERE))
    config.set_main_option("path_separator", "os")
    config.set_main_option("version_locations", str(_HERE / f"{name}_versions"))
    with engine.connect() as plain:
        connection = plain.execution_options(writing=True)
        with connection.begin():
            config.attributes["connection"] = connection
            command.upgrade(config, "head")
            if not engine_of(connection).stamp(connection).generation:
                engine_of(connection).renew(connection, after)
