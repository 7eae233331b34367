"""Dossiers on disk: the only reader and writer of files.

From bytes to objects, one step a module: `folder` (bytes, written whole or not at all), `text` (TOML and CSV with line
numbers), `fields`, `schema`, `market_schema` and `rows` (what a file may hold), `validate`, `read`, `cross` (names that
must fit each other), then `items`, `build` and `market_page` (roadmap, ledger, market). `change` sets one field by its
dotted name.
"""
