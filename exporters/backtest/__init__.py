"""A back-test as a page: how far the forecasts can be bet on, and what each one said over time."""
