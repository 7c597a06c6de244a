"""How gunicorn serves the application, in the Procfile and on one's own machine.

Its address comes from PORT, as gunicorn reads it by itself.
"""

from gevent import monkey

# Before anything else is imported: every socket, thread and sleep then belongs to a greenlet.
monkey.patch_all()

from validator.config import Settings  # noqa: E402

settings = Settings.from_environment()

wsgi_app = "validator:create_app()"
worker_class = "gevent"
workers = settings.web_concurrency
preload_app = True
control_socket_disable = True
