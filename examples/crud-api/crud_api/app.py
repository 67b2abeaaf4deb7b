"""The routes, and errors in the form of RFC 9457."""

import logging
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from http import HTTPStatus
from typing import Annotated, Any, Final, NoReturn

from fastapi import FastAPI, HTTPException, Path, Query, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pydantic import BaseModel, ConfigDict, StringConstraints
from sqlalchemy.exc import SQLAlchemyError
from starlette.exceptions import HTTPException as StarletteHTTPException

from .database import Database, DuplicateError, Item, SchemaBusyError
from .logs import LogRequests
from .settings import Configuration

_LOG: Final = logging.getLogger(__name__)
# That of MySQL's BIGINT UNSIGNED.
_LARGEST_ID: Final = 2**64 - 1
_RETRY_SECONDS: Final = 2
ItemId = Annotated[int, Path(ge=1, le=_LARGEST_ID)]


class Draft(BaseModel):
    """What people say of an item."""

    model_config = ConfigDict(extra="forbid")

    name: Annotated[str, StringConstraints(min_length=1, max_length=100)]
    note: Annotated[str, StringConstraints(max_length=1000)] = ""


class Stored(Draft):
    """An item as it is kept."""

    id: int


class Page(BaseModel):
    """Some items, and where the next ones begin."""

    items: list[Stored]
    next_after: int | None


def make_app(database: Database, configuration: Configuration) -> FastAPI:
    """Returns the API."""

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncGenerator[None]:
        yield
        database.close()

    app = FastAPI(title="crud-api", lifespan=lifespan, docs_url=None, redoc_url=None)
    app.add_middleware(LogRequests)
    _answer_errors(app)

    @app.get("/healthz")
    async def healthz() -> dict[str, str]:
        """Answers while the process can: no database is asked, so that none restarts the pod."""
        return {"status": "ok"}

    @app.get("/readyz")
    def readyz() -> dict[str, str]:
        """Answers 200 while the database does and the tables are there."""
        database.check()
        return {"status": "ready"}

    _add_items(app, database, configuration.page_size)
    # FastAPI's own decorator keeps them; a type checker sees functions that nobody calls.
    _ = healthz, readyz
    return app


def _add_items(app: FastAPI, database: Database, page_size: int) -> None:
    @app.get("/items")
    def list_items(
        after: Annotated[int, Query(ge=0, le=_LARGEST_ID)] = 0,
        limit: Annotated[int | None, Query(ge=1)] = None,
    ) -> Page:
        most = min(limit or page_size, page_size)
        found = [_stored(item) for item in database.page(after, most)]
        return Page(items=found, next_after=found[-1].id if len(found) == most else None)

    @app.post("/items", status_code=HTTPStatus.CREATED)
    def create_item(draft: Draft, response: Response) -> Stored:
        made = database.create(draft.name, draft.note)
        response.headers["Location"] = f"/items/{made.id}"
        return _stored(made)

    @app.get("/items/{item_id}")
    def read_item(item_id: ItemId) -> Stored:
        return _stored(database.find(item_id) or _missing(item_id))

    @app.put("/items/{item_id}")
    def replace_item(item_id: ItemId, draft: Draft) -> Stored:
        item = Item(item_id, draft.name, draft.note)
        if not database.replace(item):
            _missing(item_id)
        return _stored(item)

    @app.delete("/items/{item_id}", status_code=HTTPStatus.NO_CONTENT)
    def delete_item(item_id: ItemId) -> None:
        if not database.delete(item_id):
            _missing(item_id)

    _ = list_items, create_item, read_item, replace_item, delete_item


def _stored(item: Item) -> Stored:
    return Stored(id=item.id, name=item.name, note=item.note)


def _missing(item_id: int) -> NoReturn:
    raise HTTPException(HTTPStatus.NOT_FOUND, f"there is no item {item_id}")


def _problem(
    status: int, detail: str, headers: dict[str, str] | None = None, **more: Any
) -> JSONResponse:
    content = {"title": HTTPStatus(status).phrase, "status": status, "detail": detail, **more}
    return JSONResponse(content, status, headers, media_type="application/problem+json")


def _answer_errors(app: FastAPI) -> None:
    async def http_error(_: Request, error: Exception) -> Response:
        if not isinstance(error, StarletteHTTPException):
            raise error
        return _problem(error.status_code, str(error.detail), dict(error.headers or {}))

    async def invalid(_: Request, error: Exception) -> Response:
        if not isinstance(error, RequestValidationError):
            raise error
        errors = [
            {"place": ".".join(map(str, found["loc"])), "message": found["msg"]}
            for found in error.errors()
        ]
        status = HTTPStatus.UNPROCESSABLE_ENTITY
        return _problem(status, "the request does not have the form that it must", errors=errors)

    async def duplicate(_: Request, __: Exception) -> Response:
        return _problem(HTTPStatus.CONFLICT, "there is an item of that name")

    async def unavailable(_: Request, error: Exception) -> Response:
        # The message of the driver alone: it names the server and the user, and never a password.
        _LOG.error("the database does not answer: %s", getattr(error, "orig", None) or error)
        retry = {"Retry-After": str(_RETRY_SECONDS)}
        return _problem(HTTPStatus.SERVICE_UNAVAILABLE, "the database does not answer", retry)

    async def unexpected(_: Request, __: Exception) -> Response:
        return _problem(HTTPStatus.INTERNAL_SERVER_ERROR, "something went wrong")

    app.add_exception_handler(StarletteHTTPException, http_error)
    app.add_exception_handler(RequestValidationError, invalid)
    app.add_exception_handler(DuplicateError, duplicate)
    for kind in (SQLAlchemyError, SchemaBusyError, OSError):
        app.add_exception_handler(kind, unavailable)
    app.add_exception_handler(Exception, unexpected)
