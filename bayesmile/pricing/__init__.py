"""What a price assumes: payoffs under uncertainty, what would justify a price, and prices through time."""
