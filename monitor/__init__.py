"""news-monitor: watches feeds, keeps every item once, and alerts webhooks until they said 2xx."""

__version__ = "0.1.0"
