"""One page that opens from a disk: the report with its figures and tables, and nothing from a network."""
