"""Measurements that take too long for a page or a test."""
