"""The rules of the challenge: facts in, a verdict and a hint for the player out.

Pure functions and values: no I/O, and no import from outside this room but the standard library.
"""
