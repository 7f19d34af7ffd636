"""How execution keeps up with the plan: indexes of schedules (DOMAIN.md 1.2, 1.3 and 1.5)."""
