"""A page that shows the whole sandbox at work: the job form, the rows, the Timeline, Spotler, the queues."""
