"""Who used what and when: tables of interactions, histories, splits without leakage."""
