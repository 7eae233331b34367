"""Backtests: forecasts frozen at as-of dates, made without the future, and scored on what came."""
