"""How the aims of programs fare: benefits against their curves, worth, alignment, priority."""
