"""Builds the package's cross-section: a row of columns of stacked material, what each op does to it, and what is legal."""
