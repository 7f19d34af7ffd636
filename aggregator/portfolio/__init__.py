"""What a program is made of, read out of settings and facts."""
