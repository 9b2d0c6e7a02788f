"""All tables; importing this package fills the metadata."""

from app.models import audit, identity
