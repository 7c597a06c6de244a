"""An HTTP/1.1 transport for `requests` on gevent's sockets; the README gives the reasons."""
