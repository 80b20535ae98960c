"""The platform's own tables, and what follows from writing their rows."""
