"""Who was told what and when, what people report themselves, and how that compares."""
