"""Writes a report as one workbook for spreadsheets, whose cost sheet adds itself up."""
