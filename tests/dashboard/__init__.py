"""Tests of the dashboard in a real browser, which share a running bot and API."""
