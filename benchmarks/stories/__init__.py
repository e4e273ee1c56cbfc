"""Grouping items into stories and finding copies: cost and memory as the stream goes on."""
