"""How the networks that ship were made; not part of the package."""
