"""Twilio and the hosts of its media: the only outgoing connections, but for Redis.

May import `challenge` and `telemetry`, requests, the twilio SDK and gevent, but never Flask.
"""
