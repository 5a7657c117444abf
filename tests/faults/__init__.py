"""What happens when data, parameters, losses and people go wrong: which error, which words, and what is left."""
