"""The web pages: dashboards and the operators' monitor; owns no data, speaks HTTP to the services."""
