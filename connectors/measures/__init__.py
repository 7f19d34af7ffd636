"""Measures of benefits: a number from a Prometheus, a database, a file or a JSON document."""
