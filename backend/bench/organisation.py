"""An organisation of any size, the same for the same seed, written by COPY."""

import random
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from uuid import UUID

import psycopg
from psycopg import sql

from app.clock import now
from app.config import Settings
from app.security import AccessClaims, issue_access_token

Row = tuple[object, ...]

PLATFORMS = ("Windows", "Linux", "macOS", "IaaS", "SaaS", "Containers", "Network Devices", "ESXi")
TACTICS, PARENTS, ROOTS, SUBS = 15, 98, 216, 475
EXTRA_PLACES = 196
"""With one place each, this gives as many cells as ATT&CK 18.1 has: 887 for 691 techniques."""
PROCEDURES = 5
RULES = 3_000
LEVELS = ("low", "medium", "high", "critical")
STATES = (
    ("validated",) * 90 + ("draft",) * 4 + ("in_review", "blue_evaluating", "red_executing") * 1 + ("rejected",) * 3
)
DETECTIONS = ("prevented", "detected", "partially_detected", "not_detected")


@dataclass(frozen=True, slots=True)
class Organisation:
    """Who asks, and what there is."""

    user_id: UUID
    session_id: UUID
    environment_id: UUID
    techniques: int
    tests: int

    def headers(self, settings: Settings) -> dict[str, str]:
        """What a signed-in person sends."""
        claims = AccessClaims(user_id=self.user_id, session_id=self.session_id, role_epoch=0)
        return {"authorization": f"Bearer {issue_access_token(settings, claims, now=now())}"}


class Generator:
    """Makes rows; every id and choice follows from the seed."""

    def __init__(self, connection: psycopg.Connection[Row], seed: int) -> None:
        self.connection, self.dice = connection, random.Random(seed)  # noqa: S311  repeatable, not secret
        self.moment = datetime.now(UTC)
        self.count = 0

    def id(self) -> UUID:
        """The next id; ids grow as those of the product do."""
        self.count += 1
        return UUID(int=(0x0190 << 112) | (self.count << 64) | (7 << 76) | (2 << 62) | self.dice.getrandbits(62))

    def copy(self, table: str, columns: Iterable[str], rows: Iterable[Row]) -> None:
        """Write rows by COPY."""
        statement = sql.SQL("COPY {} ({}) FROM STDIN").format(
            sql.Identifier(table), sql.SQL(", ").join(map(sql.Identifier, columns))
        )
        with self.connection.cursor() as cursor, cursor.copy(statement) as copy:
            for row in rows:
                copy.write_row(row)

    def person(self) -> tuple[UUID, UUID]:
        """A viewer with an open session."""
        user, session = self.id(), self.id()
        self.copy("user_account", ("id", "username", "role"), [(user, "reader", "viewer")])
        later = self.moment + timedelta(hours=12)
        self.copy(
            "user_session",
            ("id", "user_id", "last_seen_at", "expires_at", "refresh_seed"),
            [(session, user, self.moment + timedelta(minutes=10), later, "0" * 32)],
        )
        return user, session

    def knowledge(self) -> list[tuple[UUID, str, list[str]]]:
        """Tactics and techniques in the shape of ATT&CK 18.1."""
        tactics = [self.id() for _ in range(TACTICS)]
        self.copy(
            "tactic",
            ("id", "source", "stix_id", "attack_id", "name", "domain", "shortname", "position"),
            [
                (t, "mitre_attack", f"tactic-{n}", f"TA{n:04d}", f"Tactic {n}", "enterprise", f"tactic-{n}", n)
                for n, t in enumerate(tactics)
            ],
        )
        roots = [(self.id(), f"T{1000 + n}", None) for n in range(ROOTS)]
        techniques: list[tuple[UUID, str, UUID | None]] = list(roots)
        for n in range(SUBS):
            parent, attack_id, _ = roots[n % PARENTS]
            techniques.append((self.id(), f"{attack_id}.{n // PARENTS + 1:03d}", parent))
        made = [(t, a, p, self.dice.sample(PLATFORMS, self.dice.choice((2, 3, 3)))) for t, a, p in techniques]
        self.copy(
            "technique",
            ("id", "source", "stix_id", "attack_id", "name", "description", "domain", "platforms", "is_subtechnique",
             "parent_id", "attack_version"),
            [
                (t, "mitre_attack", f"pattern-{a}", a, f"Technique {a}", "words " * 200, "enterprise", p,
                 parent is not None, parent, "18.1")
                for t, a, parent, p in made
            ],
        )  # fmt: skip
        places = {(t, tactics[n % TACTICS]) for n, (t, *_) in enumerate(made)}
        places |= {(t, tactics[(n + 1) % TACTICS]) for n, (t, *_) in enumerate(made[:EXTRA_PLACES])}
        self.copy("technique_tactic", ("technique_id", "tactic_id"), sorted(places))
        return [(t, a, p) for t, a, _, p in made]

    def catalogue(self, techniques: list[tuple[UUID, str, list[str]]]) -> None:
        """Detection rules of one or two techniques each, and the procedures that the tests run as templates."""
        rules = [self.id() for _ in range(RULES)]
        self.copy(
            "detection_rule",
            ("id", "source", "upstream_id", "name", "level", "status", "language", "platforms", "author",
             "source_text"),
            [
                (rule, "sigma", f"sigma:{n}", f"Rule {self.dice.randrange(10**6)}", self.dice.choice(LEVELS), "test",
                 "sigma", [self.dice.choice(PLATFORMS)], "Somebody", "words " * 200)
                for n, rule in enumerate(rules)
            ],
        )  # fmt: skip
        templates = [self.id() for _ in range(PROCEDURES)]
        self.copy(
            "test_template",
            ("id", "source", "upstream_id", "name"),
            [(key, "atomic_red_team", f"custom:{n}", f"Procedure {n}") for n, key in enumerate(templates)],
        )
        links = [
            ("sigma", "rule", rule, self.dice.choice(techniques))
            for rule in rules
            for _ in range(self.dice.choice((1, 1, 2)))
        ]
        links += [("atomic_red_team", "template", key, technique) for key in templates for technique in techniques]
        self.copy(
            "content_link",
            ("id", "source", "upstream_id", "relation", "source_kind", "source_upstream_id", "source_id",
             "target_kind", "target_attack_id", "technique_id", "resolution"),
            [
                (self.id(), source, f"link-{n}", "detects" if kind == "rule" else "tests", kind, str(key), key,
                 "technique", attack_id, technique, "exact")
                for n, (source, kind, key, (technique, attack_id, _)) in enumerate(links)
            ],
        )  # fmt: skip

    def tests(
        self, number: int, user: UUID, environment: UUID, techniques: list[tuple[UUID, str, list[str]]]
    ) -> Iterator[tuple[Row, Row]]:
        """Rows of tests with their round: at most five procedures a technique, platform and environment."""
        for n in range(number):
            technique, attack_id, platforms = techniques[self.dice.randrange(len(techniques))]
            state = self.dice.choice(STATES)
            decided = state in {"validated", "rejected"}
            executed = self.moment - timedelta(minutes=self.dice.randrange(500 * 1440))
            test, round_ = self.id(), self.id()
            detection = "inconclusive" if self.dice.random() < 0.01 else self.dice.choice(DETECTIONS)
            yield (
                (test, f"Test {n}", state, executed, technique, attack_id, environment, self.dice.choice(platforms),
                 f"custom:{self.dice.randrange(PROCEDURES)}", "0" * 64, user, executed, executed),
                (round_, test, 1, user, executed if state != "draft" else None, detection if decided else None,
                 state if decided else None, executed if decided else None),
            )  # fmt: skip


def fill(url: str, *, tests: int, seed: int = 1) -> Organisation:
    """Fill an empty, migrated database.

    url: of the role that owns the tables, in libpq's form. Derived rows are left to `recompute_all`.
    """
    with psycopg.connect(url) as connection:
        made = Generator(connection, seed)
        user, session = made.person()
        environment = made.id()
        made.copy("environment", ("id", "name", "is_default"), [(environment, "Organisation", True)])
        techniques = made.knowledge()
        made.catalogue(techniques)
        subs = [t for t, a, _ in techniques if "." in a][:76]
        made.copy(
            "technique_overlay",
            ("id", "technique_id", "environment_id", "in_scope", "reason", "valid_from"),
            [(made.id(), t, environment, False, "not testable", made.moment - timedelta(days=1)) for t in subs],
        )
        rounds: list[Row] = []

        def remember() -> Iterator[Row]:
            for test, round_ in made.tests(tests, user, environment, techniques):
                rounds.append(round_)
                yield test

        made.copy(
            "security_test",
            ("id", "name", "state", "state_since", "technique_id", "technique_at_test", "environment_id", "platform",
             "procedure_key", "procedure_hash", "created_by_id", "updated_at", "created_at"),
            remember(),
        )  # fmt: skip
        made.copy(
            "test_round",
            ("id", "test_id", "no", "opened_by_id", "first_executed_at", "detection", "verdict", "decided_at"),
            rounds,
        )
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("ANALYZE")
    return Organisation(user, session, environment, len(techniques), tests)
