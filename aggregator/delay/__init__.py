"""Which items will be late, and what of it one can see beforehand."""
