"""How it runs: command line, wiring, schedule, HTTP server."""
