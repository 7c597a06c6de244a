"""Benchmark of the service and three reference services, on a simulated Twilio with fixed delays.

`python -m tests.bench --help` says what can be measured. It needs Linux. Everything runs
on this machine, one service after the other, so only results of the same run can be compared.
"""
