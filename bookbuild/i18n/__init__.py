"""Translations: catalogues, what they lack, and the engine's own words."""
