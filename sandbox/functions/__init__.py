"""A local Functions host: the engine Azure runs for Python, driven by what Azure's .NET host would do."""
