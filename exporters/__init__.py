"""Where results go: Prometheus, the terminal, web pages."""
