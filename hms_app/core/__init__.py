"""What every domain shares: the database session, the actor, permissions, errors, time, money and paging."""
