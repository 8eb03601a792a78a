"""The demo's outside world: a real mail server and a webhook receiver that keep, check and show what arrives."""
