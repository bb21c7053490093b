"""The screens of the hospital's organization: settings, departments, rooms, practitioners, payers."""
