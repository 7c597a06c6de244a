"""How gunicorn serves the application: its worker.

May import every other room; nothing but gunicorn's settings and `python -m validator` imports it.
"""
