"""Draws the pictures of tables and of packages; nothing is computed here."""
