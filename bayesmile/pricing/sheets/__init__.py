"""Sheets of a workbook: lines of a trace laid out as cells whose formulas are those of the lines."""
