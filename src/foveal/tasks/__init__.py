"""The kinds of problem: what y teaches, how rows are weighed, what outputs mean."""
