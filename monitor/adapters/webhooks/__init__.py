"""Webhook kinds, one file each; `post` is what those that speak HTTP share."""
