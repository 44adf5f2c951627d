"""Many runs: replications, comparisons and, later, sweeps. The executor is an argument."""
