"""What the colours of programs and projects are, what changed them, and what they stand beside."""
