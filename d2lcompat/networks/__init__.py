"""What a network is made of, what it is worth, its weights."""
