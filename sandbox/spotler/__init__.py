"""A Spotler Mail+ that keeps state in memory: automations, campaigns, contacts and runs, behind OAuth 1.0a.

What it imitates, what is a guess and what it refuses is told in `docs/sandbox-spotler.md`.
"""
