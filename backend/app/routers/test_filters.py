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
from app.services.counted import Standing, tests_that_stand
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


@dataclass(frozen=True, slots=True)
class AskedTests:
    """A filter, and what of it is judged by the figures."""

    tests: TestFilter
    causes: frozenset[str]
    further: frozenset[str]
    results: frozenset[Standing]

    async def settled(self, session: AsyncSession, now: datetime) -> TestFilter:
        """The filter with the tests that the figures count. Raises Invalid for an unknown environment."""
        domain, place = self.tests.domain, self.tests.environment_id
        missed = await gaps.tests_behind(
            session, causes=self.causes, further=self.further, domain=domain, environment_id=place, now=now
        )
        standing = await tests_that_stand(
            session,
            self.results,
            domain=domain,
            environment_id=place,
            techniques=self.tests.techniques,
            include_subtechniques=self.tests.include_subtechniques,
            now=now,
        )
        among = missed if standing is None else standing
        if missed is not None and standing is not None:
            among = sorted({*missed} & {*standing})
        # What a result counts for is not always what was tested: the figures have followed its lineage.
        techniques = self.tests.techniques if standing is None else ()
        return replace(self.tests, among=among, techniques=techniques)


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
    return AskedTests(wanted, frozenset(miss_cause), frozenset(further_cause), frozenset(result))


Asked = Annotated[AskedTests, Depends(asked_tests)]
