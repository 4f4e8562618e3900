"""Training in one call, and what it needs."""
