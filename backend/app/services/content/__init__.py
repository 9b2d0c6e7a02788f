"""The one pipeline that brings upstream content into the database, whatever the source."""
