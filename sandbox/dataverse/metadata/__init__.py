"""How tables, columns, keys and relationships are made, changed and taken away over the Web API."""
