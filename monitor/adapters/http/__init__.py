"""The one way out to the network: judged addresses, hard limits, no surprises."""
