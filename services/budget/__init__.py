"""What it costs and who pays: envelopes, ledger, projection, payments."""
