"""How gunicorn serves the application: its worker, and the addresses it listens on.

May import every other room; nothing but gunicorn's settings and `python -m validator` imports it.
"""
