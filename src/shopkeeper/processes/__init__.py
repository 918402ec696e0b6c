"""What runs: servers, the worker of imports, what keeps them, and their chores."""
