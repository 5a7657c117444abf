"""Numbers of the landmark networks, taken from other libraries' networks, and what compares a network with them."""
