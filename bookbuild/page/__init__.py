"""What a page may hold: its front matter, its cells, the rules they keep."""
