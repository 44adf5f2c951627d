"""Works out the figures of a run without simulating: flow, load, cost, and estimates of waiting, in milliseconds."""
