"""Status that can be defended: a colour per dimension with its numbers, and why colours changed."""
