"""The rules of the money: what a state of things puts in the ledger, and what a mandate and a credit allow."""
