"""Dataverse Web API client, webhook body and table names; knows nothing of Spotler or of jobs."""
