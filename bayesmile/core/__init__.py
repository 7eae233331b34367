"""Arrays in, arrays out: no names, dates or checks."""
