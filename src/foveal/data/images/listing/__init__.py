"""What was given as a listing: which pictures there are, what each is labelled with, and which part it is in."""
