"""The chassis's own tables, the same in every service's database."""
