"""Web pages, health and the JSON API."""
