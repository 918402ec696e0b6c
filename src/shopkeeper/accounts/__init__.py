"""People: accounts and roles, passwords, logins, and what throttles guessing."""
