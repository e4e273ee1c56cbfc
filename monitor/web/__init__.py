"""The page, the API and what watches the service, over HTTP."""
