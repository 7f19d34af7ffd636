"""Dashboards for Grafana: made by code from the metrics, committed, written out by a command."""
