"""What each framework says for itself: one class a framework."""
