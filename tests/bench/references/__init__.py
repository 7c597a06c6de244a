"""Reference services: they give the same verdicts in the benchmark, built in other ways."""
