"""What makes a service run: settings, state and events in one transaction, both doors. No business word lives here."""
