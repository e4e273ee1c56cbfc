"""Deliveries: rate at a slow receiver, time to the wire, and what a dead endpoint costs others."""
