"""The structural rules of the house, each a function that finds offences and a miniature that it must find."""
