"""Files that people download, read offline: price histories of the usual sites, and the facts of filings."""
