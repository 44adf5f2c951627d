"""Runs plans many times: replications, comparisons and, later, sweeps. The executor is an argument."""
