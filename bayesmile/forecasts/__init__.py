"""A log of one's own forecasts: written when they are made, resolved when the world decides, and scored."""
