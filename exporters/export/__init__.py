"""What an assessment says as tables (CSV, JSON) and as calendars, for other programs."""
