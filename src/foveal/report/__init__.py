"""What is known of a training run: gathered once into results.json, and told as a page, a card, a comparison."""
