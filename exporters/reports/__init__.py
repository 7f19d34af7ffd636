"""Status reports of a program, for people who read one page a week."""
