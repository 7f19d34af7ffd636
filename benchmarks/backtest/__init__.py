"""Back-tests on public histories: how good forecasts are, measured on data nobody here wrote."""
