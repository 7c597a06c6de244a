"""How quick the service is, beside two others that do the same, on a stand-in with set delays.

`python -m tests.bench --help` says what can be measured. It needs Linux, and the openssl command
for --tls. Everything runs on this machine, the contenders one after the other, so the figures of
one run can be compared with each other and with no others.
"""
