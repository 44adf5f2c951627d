"""Writes folders and files whole or not at all, and leaves alone what procsim did not write."""

from procsim.report.files import RECORD, Content, bears, move_once, put, save, save_file, save_once, sha256
from procsim.report.record import LONG, SCHEMA, listed, record_text, recorded, write
from procsim.report.text import csv, encoded, guarded, rows, unguarded

__all__ = ["LONG", "RECORD", "SCHEMA", "Content", "bears", "csv", "encoded", "guarded", "listed", "move_once", "put", "record_text", "recorded",
           "rows", "save", "save_file", "save_once", "sha256", "unguarded", "write"]
