"""The notebooks of a page: made, stored, compared, and what they may show."""
