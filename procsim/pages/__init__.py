"""Makes pages of what was found: one self-contained HTML file per run or study, and one over all of them."""
