"""Tests: plan, workflow, votes."""

from dataclasses import replace
from typing import Annotated, Literal
from uuid import UUID

from fastapi import Depends, Query, Response, status

from app.clock import now
from app.dependencies import AppSettings, DbSession, Once, PageParams, ReadSession, require
from app.domain.actor import Actor
from app.domain.permissions import Permission, Side
from app.routers.answers import CSV_ANSWER, CSV_ROWS, csv_response, json_page
from app.routers.base import protected_router
from app.routers.presenters import round_output, test_detail, tests_table
from app.routers.test_filters import Asked
from app.schemas.base import Page
from app.schemas.security_test_views import (
    RoundOutput,
    SecurityTestDetail,
    SecurityTestSummary,
    TimelineEntry,
)
from app.schemas.security_tests import (
    AssignInput,
    BlueUpdate,
    CarryInput,
    ExecutionsUpdate,
    ReasonInput,
    RedUpdate,
    ReopenInput,
    RetestCreate,
    ReturnInput,
    RuleResultInput,
    SecurityTestCreate,
    SecurityTestUpdate,
    VoteCreate,
)
from app.services.validation import aggregate, blue, people, planning, queries, red, review, votes
from app.services.validation.listing import list_tests_json

router = protected_router("/tests", "tests")

SortKey = Annotated[
    str,
    Query(
        pattern=r"^-?(" + "|".join(queries.SORT_KEYS) + r")$",
        description="Order of the list; a leading minus turns it round.",
    ),
]
Reader = Annotated[Actor, Depends(require(Permission.TEST_READ))]
Creator = Annotated[Actor, Depends(require(Permission.TEST_CREATE))]
Editor = Annotated[Actor, Depends(require(Permission.TEST_EDIT))]
RedWorker = Annotated[Actor, Depends(require(Permission.TEST_RED))]
BlueWorker = Annotated[Actor, Depends(require(Permission.TEST_BLUE))]
Voter = Annotated[Actor, Depends(require(Permission.TEST_VOTE))]
Assigner = Annotated[Actor, Depends(require(Permission.TEST_ASSIGN))]
Carrier = Annotated[Actor, Depends(require(Permission.TEST_CARRY))]
Reopener = Annotated[Actor, Depends(require(Permission.TEST_REOPEN))]
Archiver = Annotated[Actor, Depends(require(Permission.TEST_ARCHIVE))]
Annuller = Annotated[Actor, Depends(require(Permission.TEST_ANNUL))]


@router.get("", response_model=Page[SecurityTestSummary], responses=CSV_ANSWER)
async def list_tests(
    actor: Reader,
    session: ReadSession,
    settings: AppSettings,
    page: PageParams,
    asked: Asked,
    waiting_for: Literal["me"] | None = None,
    archived: Annotated[bool | None, Query(description="Default: only tests that are not archived.")] = False,
    sort: SortKey = "-created_at",
    format: Annotated[Literal["json", "csv"], Query(description="`csv` gives the first 50,000 as a table.")] = "json",  # noqa: A002  the contract's name
) -> Response:
    """Tests, newest first."""
    wanted = replace(await asked.settled(session, now()), waiting_for_me=waiting_for == "me", archived=archived)
    if format == "csv":
        rows, _ = await list_tests_json(session, actor, wanted, settings, sort=sort, limit=CSV_ROWS, offset=0)
        return csv_response(tests_table(rows), "tests.csv")
    items, total = await list_tests_json(
        session, actor, wanted, settings, sort=sort, limit=page.limit, offset=page.offset
    )
    return json_page(items, total, page)


@router.post("", status_code=status.HTTP_201_CREATED)
async def create_test(
    body: SecurityTestCreate, response: Response, actor: Creator, session: DbSession, settings: AppSettings, once: Once
) -> SecurityTestDetail:
    """Plan a test on a technique, from a template or from scratch."""

    async def create() -> UUID:
        return (await planning.create_test(session, actor, body)).id

    test_id = await once.once(session, create)
    response.headers["Location"] = f"/api/v1/tests/{test_id}"
    return test_detail(await aggregate.load_test(session, actor, test_id, settings))


@router.get("/{test_id}")
async def get_test(test_id: UUID, actor: Reader, session: ReadSession, settings: AppSettings) -> SecurityTestDetail:
    """One test, whole."""
    return test_detail(await aggregate.load_test(session, actor, test_id, settings))


@router.patch("/{test_id}")
async def update_test(
    test_id: UUID, body: SecurityTestUpdate, actor: Editor, session: DbSession, settings: AppSettings
) -> SecurityTestDetail:
    """Change a draft's plan."""
    test = await planning.update_test(session, actor, test_id, body, settings)
    return test_detail(await aggregate.load(session, actor, test, settings))


@router.delete("/{test_id}", status_code=status.HTTP_204_NO_CONTENT)
async def delete_test(test_id: UUID, actor: Editor, session: DbSession, settings: AppSettings) -> None:
    """Delete a first-round draft without evidence."""
    await planning.delete_test(session, actor, test_id, settings)


@router.post("/{test_id}/start")
async def start_test(test_id: UUID, actor: RedWorker, session: DbSession, settings: AppSettings) -> SecurityTestDetail:
    """Start the attack; whoever starts becomes the red assignee."""
    test = await red.start(session, actor, test_id, settings)
    return test_detail(await aggregate.load(session, actor, test, settings))


@router.patch("/{test_id}/red")
async def update_red(
    test_id: UUID, body: RedUpdate, actor: RedWorker, session: DbSession, settings: AppSettings
) -> SecurityTestDetail:
    """Write red's record; flat fields are the first execution's."""
    test = await red.edit_red(session, actor, test_id, body, settings)
    return test_detail(await aggregate.load(session, actor, test, settings))


@router.put("/{test_id}/executions")
async def put_executions(
    test_id: UUID, body: ExecutionsUpdate, actor: RedWorker, session: DbSession, settings: AppSettings
) -> SecurityTestDetail:
    """Replace all executions of the round."""
    test = await red.put_executions(session, actor, test_id, body, settings)
    return test_detail(await aggregate.load(session, actor, test, settings))


@router.post("/{test_id}/submit-red")
async def submit_red(test_id: UUID, actor: RedWorker, session: DbSession, settings: AppSettings) -> SecurityTestDetail:
    """Hand the test over to blue."""
    test = await red.submit_red(session, actor, test_id, settings)
    return test_detail(await aggregate.load(session, actor, test, settings))


@router.patch("/{test_id}/blue")
async def update_blue(
    test_id: UUID, body: BlueUpdate, actor: BlueWorker, session: DbSession, settings: AppSettings
) -> SecurityTestDetail:
    """Write blue's record; `observations` replaces the whole list."""
    test = await blue.edit_blue(session, actor, test_id, body, settings)
    return test_detail(await aggregate.load(session, actor, test, settings))


@router.post("/{test_id}/return")
async def return_test(
    test_id: UUID, body: ReturnInput, actor: BlueWorker, session: DbSession, settings: AppSettings
) -> SecurityTestDetail:
    """Send the test back to red with a question; same round."""
    test = await blue.return_to_red(session, actor, test_id, body.question, settings)
    return test_detail(await aggregate.load(session, actor, test, settings))


@router.post("/{test_id}/submit-blue")
async def submit_blue(
    test_id: UUID, actor: BlueWorker, session: DbSession, settings: AppSettings
) -> SecurityTestDetail:
    """Hand the test over to both leads."""
    test = await blue.submit_blue(session, actor, test_id, settings)
    return test_detail(await aggregate.load(session, actor, test, settings))


@router.put("/{test_id}/detection-rules/{rule_id}")
async def put_rule_result(
    test_id: UUID, rule_id: UUID, body: RuleResultInput, actor: BlueWorker, session: DbSession, settings: AppSettings
) -> SecurityTestDetail:
    """Record whether a detection rule fired."""
    test = await blue.put_rule_result(session, actor, test_id, rule_id=rule_id, body=body, settings=settings)
    return test_detail(await aggregate.load(session, actor, test, settings))


@router.post(
    "/{test_id}/votes",
    status_code=status.HTTP_201_CREATED,
    responses={200: {"model": SecurityTestDetail, "description": "The same vote again: nothing changed."}},
)
async def vote_on_test(
    test_id: UUID, body: VoteCreate, response: Response, actor: Voter, session: DbSession, settings: AppSettings
) -> SecurityTestDetail:
    """Judge one side of the current round. A vote is final."""
    cast = await votes.cast_vote(session, actor, test_id, body, settings)
    if not cast.created:
        response.status_code = status.HTTP_200_OK
    return test_detail(await aggregate.load(session, actor, cast.test, settings))


@router.post("/{test_id}/reopen")
async def reopen_test(
    test_id: UUID, body: ReopenInput, actor: Reopener, session: DbSession, settings: AppSettings
) -> SecurityTestDetail:
    """Open the next round of a rejected test."""
    test = await review.reopen(session, actor, test_id, body, settings)
    return test_detail(await aggregate.load(session, actor, test, settings))


@router.post("/{test_id}/archive")
async def archive_test(
    test_id: UUID, body: ReasonInput, actor: Archiver, session: DbSession, settings: AppSettings
) -> SecurityTestDetail:
    """Put a test aside."""
    test = await review.archive(session, actor, test_id, body.reason, settings)
    return test_detail(await aggregate.load(session, actor, test, settings))


@router.post("/{test_id}/unarchive")
async def unarchive_test(
    test_id: UUID, body: ReasonInput, actor: Archiver, session: DbSession, settings: AppSettings
) -> SecurityTestDetail:
    """Take an archived test back."""
    test = await review.unarchive(session, actor, test_id, body.reason, settings)
    return test_detail(await aggregate.load(session, actor, test, settings))


@router.post("/{test_id}/annul")
async def annul_test(
    test_id: UUID, body: ReasonInput, actor: Annuller, session: DbSession, settings: AppSettings
) -> SecurityTestDetail:
    """Ask for the annulment of a validated test, or confirm it as the second person."""
    test = await review.annul(session, actor, test_id, body.reason, settings)
    return test_detail(await aggregate.load(session, actor, test, settings))


@router.post("/{test_id}/assign")
async def assign_test(
    test_id: UUID, body: AssignInput, actor: Assigner, session: DbSession, settings: AppSettings
) -> SecurityTestDetail:
    """Give a side of the test to somebody, or claim it."""
    test = await people.assign(session, actor, test_id, body, settings)
    return test_detail(await aggregate.load(session, actor, test, settings))


@router.post("/{test_id}/carry")
async def confirm_carried_record(
    test_id: UUID, body: CarryInput, actor: Carrier, session: DbSession, settings: AppSettings
) -> SecurityTestDetail:
    """Confirm that a record carried over from the last round still holds."""
    test = await people.confirm_carried(session, actor, test_id, Side(body.side), settings)
    return test_detail(await aggregate.load(session, actor, test, settings))


@router.get("/{test_id}/rounds")
async def list_rounds(test_id: UUID, actor: Reader, session: ReadSession, page: PageParams) -> Page[RoundOutput]:
    """All rounds of a test, oldest first."""
    rounds, known, masked = await aggregate.load_all_rounds(session, actor, test_id)
    shown = rounds[page.offset : page.offset + page.limit]
    items = [round_output(item, known, masked=masked) for item in shown]
    return Page(items=items, total=len(rounds), limit=page.limit, offset=page.offset)


@router.get("/{test_id}/timeline")
async def list_timeline(test_id: UUID, actor: Reader, session: ReadSession, page: PageParams) -> Page[TimelineEntry]:
    """Everything that happened to a test, oldest first."""
    rows, total = await aggregate.load_timeline(session, actor, test_id, limit=page.limit, offset=page.offset)
    items = [
        TimelineEntry(
            at=row.at,
            event=row.event,
            round=row.round_no,
            actor=row.actor_label,
            from_state=row.from_state,
            to_state=row.to_state,
            reason=row.reason,
            details=row.details,
        )
        for row in rows
    ]
    return Page(items=items, total=total, limit=page.limit, offset=page.offset)


@router.get("/{test_id}/retests", response_model=Page[SecurityTestSummary])
async def list_retests(
    test_id: UUID, actor: Reader, session: ReadSession, settings: AppSettings, page: PageParams
) -> Response:
    """The chain of retests that began with this test, or with the test it repeats."""
    root = await planning.root_of(session, actor, test_id)
    items, total = await list_tests_json(
        session,
        actor,
        queries.TestFilter(retest_of=root, archived=None),
        settings,
        sort="created_at",
        limit=page.limit,
        offset=page.offset,
    )
    return json_page(items, total, page)


@router.post("/{test_id}/retests", status_code=status.HTTP_201_CREATED)
async def create_retest(
    test_id: UUID,
    body: RetestCreate,
    response: Response,
    actor: Creator,
    session: DbSession,
    settings: AppSettings,
    once: Once,
) -> SecurityTestDetail:
    """Plan a further test of the same procedure."""

    async def create() -> UUID:
        return (await planning.create_retest(session, actor, test_id, body, settings)).id

    retest_id = await once.once(session, create)
    response.headers["Location"] = f"/api/v1/tests/{retest_id}"
    return test_detail(await aggregate.load_test(session, actor, retest_id, settings))
