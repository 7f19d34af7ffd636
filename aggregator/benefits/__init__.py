"""What programs are for: objectives, benefits and their readings, and what delay costs."""
