"""``make policy-table``: writes the tables of docs/policies.md as they are now."""

from policy_mutants.table import PAGE, with_tables

PAGE.write_text(with_tables(PAGE.read_text(encoding="utf-8")), encoding="utf-8")
