"""Services that answer as this one does, as far as the benchmark asks, built in other ways."""
