"""HTTP: operations declared, dispatched and answered. It knows no capability."""
