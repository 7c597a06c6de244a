"""What operators see: log lines and metrics.

Every package may import it; of the project it imports the settings alone.
"""
