"""A package of its own name, so that Ciw, which installs a package named tests, does not stand before it."""
