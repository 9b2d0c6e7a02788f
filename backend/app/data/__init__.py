"""Small files that come with the application."""
