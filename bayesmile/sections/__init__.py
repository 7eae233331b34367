"""The sections of a report: each is built from one view, as plain data with a sentence that opens it."""
