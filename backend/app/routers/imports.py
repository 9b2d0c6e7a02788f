"""The application's import runner, for the routes that ask for imports."""

from typing import Annotated

from fastapi import Depends, Request

from app.services.content.runner import ImportRunner


async def get_imports(request: Request) -> ImportRunner:
    """The one runner of this application, made when the first route asks for it."""
    state = request.app.state
    if getattr(state, "imports", None) is None:
        state.imports = ImportRunner(state.session_factory, state.settings)
    runner: ImportRunner = state.imports
    return runner


Imports = Annotated[ImportRunner, Depends(get_imports)]
