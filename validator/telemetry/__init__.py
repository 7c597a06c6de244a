"""What operators see: log lines and metrics.

Every room may import it; it imports nothing of the project.
"""
