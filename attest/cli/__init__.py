"""The command line `whereof`: one file per command, everything heavy imported only by the command that needs it."""
