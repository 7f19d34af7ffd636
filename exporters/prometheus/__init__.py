"""Metrics for Prometheus: one table, rendered once per assessment."""
