"""Networks of the literature, one family a file: functions from sizes to a row of named modules."""
