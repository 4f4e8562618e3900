"""What only this book has: its widgets, the network for the browser, the helpers' reference."""
