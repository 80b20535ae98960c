"""The one description of what is installed in Dataverse; values only, nothing is asked or sent here."""
