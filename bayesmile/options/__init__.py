"""Options: quotes that are checked, and what they say without a fitted curve: an interval for a probability."""
