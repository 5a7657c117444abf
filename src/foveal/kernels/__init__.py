"""The compiled part: its loader, and what runs on it."""
