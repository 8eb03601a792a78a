"""Who is told: stakeholders and endpoints, e-mails and webhooks, and their deliveries."""
