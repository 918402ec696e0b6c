"""The database: its engine, sessions, statements, migrations, and a server of ours."""
