"""Registers of a program: its risks, issues, actions and decisions."""
