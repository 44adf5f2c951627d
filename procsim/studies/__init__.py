"""Answers questions about flows: each study is a function that takes recipes and gives a Result, and a command that prints it."""
