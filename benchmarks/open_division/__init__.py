"""The open division (C4): any recipe, seconds to a test accuracy; chosen on training rows, frozen, tested once."""
