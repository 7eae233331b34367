"""Figures: each a pure function from a result or a section of a report to a Plotly figure; no file is touched."""
