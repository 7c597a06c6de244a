"""How gunicorn serves the application: its worker, and the addresses to listen on.

It may import every other package; only gunicorn_conf.py and `python -m validator` import it.
"""
