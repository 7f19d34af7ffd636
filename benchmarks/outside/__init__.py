"""What plan dates are worth: the prior that is shipped, and its proof on weekly reports."""
