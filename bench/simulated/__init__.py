"""What do tens of thousands of jobs come to over an hour, without waiting for it?

The real work and the real clients run on a clock that jumps to the next moment at which anything happens,
against both services imitated below HTTP. Computing takes no time there: what is seen is what limits and
latencies alone allow.
"""
