"""What a fit leaves: the network and all that predicting, saving and reporting need."""
