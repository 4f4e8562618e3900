"""Functions of the interface before d2l 1.0, which the Chinese edition, 2.0, still has."""
