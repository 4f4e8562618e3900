"""Run one notebook in a kernel process of its own."""
