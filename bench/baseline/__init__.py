"""What would a good engineer write first? One message, one read, one claim, one call, one patch, one post."""
