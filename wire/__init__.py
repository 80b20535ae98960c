"""What both clients need to speak HTTP well: one exchange, typed failures, Retry-After, repetition."""
