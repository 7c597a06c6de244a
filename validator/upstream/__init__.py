"""Twilio and the hosts of its media: the only outgoing connections, but for Redis.

May import `requests`, the twilio SDK and gevent; neither Flask nor anything that imports it.
"""
