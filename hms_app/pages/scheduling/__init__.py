"""The screens of scheduling: services, equipment, schedules."""
