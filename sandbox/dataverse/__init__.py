"""A local Dataverse Web API with state in memory; what it does not imitate answers 501."""
