"""What the application runs on: database server, built frontend, web server, logs.

Lowest layer above the settings: imports nothing else of the application.
"""
