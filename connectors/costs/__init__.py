"""Reads what was planned and spent: one room for each way that such figures come."""
