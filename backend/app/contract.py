"""What the contract says beyond what FastAPI derives from the routes."""

from typing import Any

from fastapi import FastAPI

from app.error_handlers import PROBLEM_JSON

PROBLEM_REFERENCE = {"$ref": "#/components/schemas/Problem"}


class Contract:
    """Makes the OpenAPI document once."""

    def __init__(self, app: FastAPI) -> None:
        self._derive = app.openapi

    def __call__(self) -> dict[str, Any]:
        """The document, with errors under the media type that they are sent with."""
        document = self._derive()
        for methods in document["paths"].values():
            for operation in methods.values():
                for response in operation["responses"].values():
                    content = response.get("content", {})
                    # FastAPI describes every answer under the media type of the route's success.
                    for media_type in [
                        kind for kind, body in content.items() if body.get("schema") == PROBLEM_REFERENCE
                    ]:
                        content[PROBLEM_JSON] = content.pop(media_type)
        return document


def install_contract(app: FastAPI) -> None:
    """Let the application describe itself truthfully."""
    app.openapi = Contract(app)  # type: ignore[method-assign]  # the way FastAPI documents for changing it
