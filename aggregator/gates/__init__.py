"""Stage gates: what they ask for, and what was decided."""
