"""How good a schedule itself is: DCMA's 14 points, GAO's ten practices (DOMAIN.md 1.5, 1.6)."""
