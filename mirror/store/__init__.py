"""Where the copy is kept: tables, the engine, seals, migrations, the lease, how far it has come."""
