"""What was read is kept in the cache of the user: decoded rows and headers, and how they are known again."""
