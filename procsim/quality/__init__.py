"""Works out the yield of lots: where faults come from, what inspections find, and what is left at each step, drawn or on average."""
