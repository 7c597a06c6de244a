"""HTTP in and out: requests, credentials, limits, problems, and the page.

The only room that imports Flask; it may import all other rooms but `server`.
"""
