"""Every fault that the sandbox can play, at every step of a job: what the row says, and what the app does next."""
