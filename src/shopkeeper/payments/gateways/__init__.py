"""Payment providers, behind one small port."""
