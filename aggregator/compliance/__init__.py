"""What a program can show that it works within the law; nothing here certifies anything."""
