"""What is wrong: rules judge an assessment, and the engine keeps count of what they say."""

GROUP = "slipwatch.rules"
"""The entry points by which installed packages bring rules."""
