"""Alert and recording rules for Prometheus, and what Alertmanager makes of them: tables."""
