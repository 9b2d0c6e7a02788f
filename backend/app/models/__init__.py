"""All tables; importing this package fills the metadata."""
