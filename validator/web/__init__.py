"""HTTP: requests, credentials, rate limits, problems, and the page.

The only package that imports Flask; it may import all others but `server`.
"""
