"""Tests of the supervisor, with toy parts instead of the real ones."""
