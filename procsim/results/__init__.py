"""Says what the figures of a run mean: the metrics of summary.csv, what limits each tool group, and what casts doubt on them."""
