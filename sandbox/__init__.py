"""A whole local world to run and test the app in; shares no code with it and is never deployed."""
