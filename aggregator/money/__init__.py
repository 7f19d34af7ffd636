"""Money: what was planned, earned and spent, as earned value management has it (DOMAIN.md 1.3).

Amounts are floats: sums are exact to far less than a cent up to 10^13, and what is shown is rounded
to cents. It knows neither portfolios nor assessments; ``accounting`` brings them together.
"""
