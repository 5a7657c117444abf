"""The command line: one file per verb, `main` joins them. Nothing here loads torch before a verb needs it."""
