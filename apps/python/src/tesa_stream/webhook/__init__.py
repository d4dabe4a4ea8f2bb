"""Sends the log to a webhook, signed as Standard Webhooks says."""
