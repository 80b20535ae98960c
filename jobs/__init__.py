"""What this product does with a Spotler Job: claim it, call Spotler, write back what happened."""
