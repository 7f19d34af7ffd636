"""Messages to people: what is worth saying, in which words, and by which channel."""
