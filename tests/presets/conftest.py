"""What tests of the presets start from: a cycle under a lease, as the connector's own tests do."""

from tests.connector.conftest import follow

__all__ = ["follow"]
