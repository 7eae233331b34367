"""Reference classes: tables of finished and pending projects with known outcomes, and what was known of them when."""
