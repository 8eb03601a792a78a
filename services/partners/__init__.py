"""Who takes part and what binds them: organisations, charter, mandates, conventions, tokens."""
