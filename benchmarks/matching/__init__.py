"""The matching room: folding, keywords, boolean watches."""
