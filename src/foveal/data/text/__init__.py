"""Texts: vocabularies, the rule by which texts become tokens, and sources of them."""
