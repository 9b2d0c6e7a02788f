"""What happens to every request around the application: identity, log line, limits, headers, figures."""

from app.middleware.install import install_middleware
from app.middleware.uploads import UPLOAD_ROUTES, UploadRoute

__all__ = ["UPLOAD_ROUTES", "UploadRoute", "install_middleware"]
