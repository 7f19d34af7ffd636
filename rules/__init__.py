"""What is wrong: rules judge an assessment, and the engine keeps count of what they say."""
