"""What the operator writes: the settings tree, its JSON Schema, examples."""
