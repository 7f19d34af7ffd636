"""What if: a changed portfolio against the given one, and why a forecast moved."""
