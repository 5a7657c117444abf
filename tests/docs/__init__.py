"""The documentation is held to what it says: its code runs, its commands exist, its table is the table."""
