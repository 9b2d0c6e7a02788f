"""Reports: read once into a frozen model, which `app.reports` renders."""
