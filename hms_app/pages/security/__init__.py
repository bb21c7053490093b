"""Coming in, one's own account, and the administration of users, roles and the audit trail."""
