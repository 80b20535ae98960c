"""Spotler Mail+ REST client; knows nothing of Dataverse or of jobs."""
