"""Pure decisions: passwords, codes and tokens, waiting times, sessions, the roles a hospital starts with."""
