"""Which faults keep the host from starting, in words for the person who started it?"""


class StartError(Exception):
    """The host cannot start; the message names the file, the key and the remedy."""


class OutputError(Exception):
    """An output binding could not be sent; the invocation counts as failed."""
