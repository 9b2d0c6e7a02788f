"""Who may do what: permissions, roles, and the one table between them."""

from enum import StrEnum


class Role(StrEnum):
    """The six roles. Being an auditor is a flag beside the role."""

    ADMIN = "admin"
    RED_TECH = "red_tech"
    BLUE_TECH = "blue_tech"
    RED_LEAD = "red_lead"
    BLUE_LEAD = "blue_lead"
    VIEWER = "viewer"


class Side(StrEnum):
    """The two sides of a test."""

    RED = "red"
    BLUE = "blue"


class Permission(StrEnum):
    """What a route can demand, as `resource:action`."""

    AUDIT_READ = "audit:read"
    CONTENT_MANAGE = "content:manage"
    COUNTERMEASURE_DECIDE = "countermeasure:decide"
    ENVIRONMENT_MANAGE = "environment:manage"
    EVIDENCE_UPLOAD = "evidence:upload"
    EXECUTIVE_READ = "executive:read"
    FINDING_MANAGE = "finding:manage"
    FINDING_WORK = "finding:work"
    KNOWLEDGE_READ = "knowledge:read"
    PROFILE_OWN = "profile:own"
    REPORT_READ = "report:read"
    RULE_DEPLOY = "rule:deploy"
    RULE_EDIT = "rule:edit"
    SCORING_MANAGE = "scoring:manage"
    SNAPSHOT_MANAGE = "snapshot:manage"
    SYSTEM_MANAGE = "system:manage"
    TECHNIQUE_CURATE = "technique:curate"
    TECHNIQUE_REVIEW = "technique:review"
    TEMPLATE_EDIT = "template:edit"
    TEMPLATE_RELEASE = "template:release"
    TEST_ANNUL = "test:annul"
    TEST_ARCHIVE = "test:archive"
    TEST_ASSIGN = "test:assign"
    TEST_BLUE = "test:blue"
    TEST_CARRY = "test:carry"
    TEST_CREATE = "test:create"
    TEST_EDIT = "test:edit"
    TEST_READ = "test:read"
    TEST_RED = "test:red"
    TEST_REOPEN = "test:reopen"
    TEST_VOTE = "test:vote"
    THREAT_PROFILE_DECIDE = "threat_profile:decide"
    USER_MANAGE = "user:manage"


_EVERYONE = frozenset({Permission.KNOWLEDGE_READ, Permission.REPORT_READ, Permission.TEST_READ, Permission.PROFILE_OWN})
_LEADS = frozenset(
    {
        Permission.COUNTERMEASURE_DECIDE,
        Permission.ENVIRONMENT_MANAGE,
        Permission.EXECUTIVE_READ,
        Permission.FINDING_MANAGE,
        Permission.FINDING_WORK,
        Permission.RULE_EDIT,
        Permission.SNAPSHOT_MANAGE,
        Permission.TECHNIQUE_CURATE,
        Permission.TECHNIQUE_REVIEW,
        Permission.TEMPLATE_EDIT,
        Permission.TEMPLATE_RELEASE,
        Permission.TEST_ANNUL,
        Permission.TEST_ARCHIVE,
        Permission.TEST_ASSIGN,
        Permission.TEST_REOPEN,
        Permission.TEST_VOTE,
        Permission.THREAT_PROFILE_DECIDE,
    }
)

ROLE_PERMISSIONS: dict[Role, frozenset[Permission]] = {
    Role.VIEWER: _EVERYONE,
    Role.RED_TECH: _EVERYONE
    | {
        Permission.EVIDENCE_UPLOAD,
        Permission.FINDING_WORK,
        Permission.RULE_EDIT,
        Permission.TEMPLATE_EDIT,
        Permission.TEST_ASSIGN,
        Permission.TEST_CARRY,
        Permission.TEST_CREATE,
        Permission.TEST_EDIT,
        Permission.TEST_RED,
    },
    Role.BLUE_TECH: _EVERYONE
    | {
        Permission.EVIDENCE_UPLOAD,
        Permission.FINDING_WORK,
        Permission.RULE_EDIT,
        Permission.TEMPLATE_EDIT,
        Permission.TEST_ASSIGN,
        Permission.TEST_BLUE,
        Permission.TEST_CARRY,
    },
    Role.RED_LEAD: _EVERYONE | _LEADS | {Permission.TEST_CREATE, Permission.TEST_EDIT},
    Role.BLUE_LEAD: _EVERYONE | _LEADS | {Permission.RULE_DEPLOY},
    Role.ADMIN: frozenset(Permission),
}

AUDITOR_PERMISSIONS = frozenset({Permission.AUDIT_READ})

TOKEN_FORBIDDEN = frozenset({Permission.TEST_VOTE})
"""What a personal access token never may, whoever owns it."""


def permissions_of(role: Role, *, auditor: bool = False) -> frozenset[Permission]:
    """All permissions of a person with this role and flag."""
    return ROLE_PERMISSIONS[role] | (AUDITOR_PERMISSIONS if auditor else frozenset())
