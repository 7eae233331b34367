"""Reports as text for a terminal: tables of rich, nothing computed."""
