"""What lists of tests and the report of their results are narrowed to."""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from fastapi import Depends, Query
from sqlalchemy.ext.asyncio import AsyncSession

from app.routers.filters import DayOrMoment, PlatformNames, beginning_of, end_of
from app.schemas.heatmap import DomainName
from app.schemas.security_tests import DetectionName, MissCause, StateName
from app.services import gaps
from app.services.counted import Among, Standing, tests_that_stand
from app.services.doubts import Doubt, tests_in_doubt
from app.services.validation.queries import TestFilter

Texts = Annotated[list[Annotated[str, Query(max_length=100, pattern=r"^[^\x00]*$")]], Query(max_length=50)]
MissCauses = Annotated[
    list[Literal[MissCause, "unstated"]],
    Query(
        max_length=14,
        description="Only tests whose current result lies below what is expected for this primary cause, just those"
        " that `metrics/misses-by-cause` counts; `unstated`: where nobody stated one.",
    ),
]
FurtherCauses = Annotated[
    list[MissCause], Query(max_length=13, description="The same by a cause that was named beside the primary one.")
]
Standings = Annotated[
    list[Standing],
    Query(
        max_length=5,
        description="Only tests whose result stands so in the figures of `domain` and `environment`, just those that"
        " they count: current ones that met what is expected, left something less, or were missed; those of them that"
        " expire within 60 days; and those that are too old.",
    ),
]

Doubts = Annotated[
    list[Doubt],
    Query(
        max_length=4,
        description="Only tests whose current result counts, though this changed since: the template, the technique"
        " (until a lead has reviewed it), the version of a tool that was looked at, or a rule that fired.",
    ),
]


@dataclass(frozen=True, slots=True)
class AskedTests:
    """A filter, and what of it is judged by the figures."""

    tests: TestFilter
    causes: frozenset[str]
    further: frozenset[str]
    results: frozenset[Standing]
    doubts: frozenset[Doubt]

    async def settled(self, session: AsyncSession, now: datetime) -> TestFilter:
        """The filter with the tests that the figures count. Raises Invalid for an unknown environment."""
        tests = self.tests
        among = Among(tests.domain, tests.environment_id, tests.techniques, tests.include_subtechniques)
        missed = await gaps.tests_behind(
            session,
            causes=self.causes,
            further=self.further,
            domain=tests.domain,
            environment_id=tests.environment_id,
            now=now,
        )
        standing = await tests_that_stand(session, self.results, among, now)
        doubted = await tests_in_doubt(session, self.doubts, among, now)
        asked = [set(found) for found in (missed, standing, doubted) if found is not None]
        # What a result counts for is not always what was tested: the figures have followed its lineage.
        techniques = tests.techniques if standing is None and doubted is None else ()
        behind = sorted(set.intersection(*asked)) if asked else None
        return replace(tests, among=behind, techniques=techniques)


def asked_tests(
    state: Annotated[list[StateName], Query(max_length=10)] = [],  # noqa: B006  FastAPI copies defaults
    technique: Texts = [],  # noqa: B006  as above
    include_subtechniques: bool = False,
    platform: PlatformNames = [],  # noqa: B006  as above
    environment: UUID | None = None,
    assignee: UUID | None = None,
    template: UUID | None = None,
    retest_of: UUID | None = None,
    detection: Annotated[list[DetectionName], Query(max_length=10)] = [],  # noqa: B006  as above
    tag: Texts = [],  # noqa: B006  as above
    domain: DomainName | None = None,
    miss_cause: MissCauses = [],  # noqa: B006  as above
    further_cause: FurtherCauses = [],  # noqa: B006  as above
    result: Standings = [],  # noqa: B006  as above
    in_doubt: Doubts = [],  # noqa: B006  as above
    counted: Annotated[bool, Query(description="Only what figures count: neither annulled nor sealed.")] = False,
    executed_from: Annotated[
        DayOrMoment | None, Query(description="First executed on this day, in UTC, or at this moment, or later.")
    ] = None,
    executed_to: Annotated[
        DayOrMoment | None, Query(description="First executed on this day at the latest, or before this moment.")
    ] = None,
    mine: bool = False,
    q: Annotated[str, Query(max_length=200, pattern=r"^[^\x00]*$")] = "",
) -> AskedTests:
    """What is asked for."""
    wanted = TestFilter(
        states=state,
        techniques=technique,
        include_subtechniques=include_subtechniques,
        platforms=platform,
        environment_id=environment,
        assignee_id=assignee,
        template_id=template,
        retest_of=retest_of,
        detections=detection,
        tags=tag,
        domain=domain,
        counted=counted,
        executed_from=beginning_of(executed_from),
        executed_to=end_of(executed_to),
        mine=mine,
        q=q,
    )
    return AskedTests(wanted, frozenset(miss_cause), frozenset(further_cause), frozenset(result), frozenset(in_doubt))


Asked = Annotated[AskedTests, Depends(asked_tests)]
