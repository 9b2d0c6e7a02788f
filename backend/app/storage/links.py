"""Links to evidence that the application signs itself, and the headers under which evidence is delivered."""

import base64
import hashlib
import hmac
import json
from dataclasses import asdict, dataclass
from urllib.parse import quote

from app import clock
from app.errors import Forbidden
from app.storage.port import Delivery, require_key

# The token is a query parameter because logs, ours and proxies', keep paths and drop queries.
LINK_PATH = "/api/v1/evidence-files"
MAX_TOKEN_LENGTH = 4096


@dataclass(frozen=True, slots=True)
class LinkClaims:
    """What a link allows: one object, under one name and type, for one person, to be begun before `expires_at`.

    expires_at: seconds since the epoch.
    """

    key: str
    filename: str
    content_type: str
    subject: str
    person: str
    expires_at: int


class LinkSigner:
    """Makes and reads link tokens. Any process with the same keys reads what another made.

    keys: the first signs; the others, of earlier secrets, still verify.
    """

    def __init__(self, keys: list[bytes]) -> None:
        self._keys = keys

    def sign(self, claims: LinkClaims) -> str:
        """A URL-safe token that carries the claims."""
        body = json.dumps(asdict(claims), ensure_ascii=True, separators=(",", ":")).encode()
        return f"{_encode(body)}.{_encode(self._mac(self._keys[0], body))}"

    def read(self, token: str) -> LinkClaims:
        """The claims of a token. Raises Forbidden (`link_invalid`, `link_expired`)."""
        invalid = Forbidden("link_invalid", "This link was not made here or was changed.")
        if len(token) > MAX_TOKEN_LENGTH:
            raise invalid
        body_text, _, mac_text = token.partition(".")
        try:
            body, mac = _decode(body_text), _decode(mac_text)
        except ValueError:
            raise invalid from None
        if not any(hmac.compare_digest(self._mac(key, body), mac) for key in self._keys):
            raise invalid
        claims = LinkClaims(**json.loads(body))
        if clock.now().timestamp() >= claims.expires_at:
            raise Forbidden("link_expired", "This link has expired; ask for a new one.")
        return claims

    @staticmethod
    def _mac(key: bytes, body: bytes) -> bytes:
        return hmac.new(key, body, hashlib.sha256).digest()


def app_link(signer: LinkSigner, key: str, delivery: Delivery) -> str:
    """A path of this application that delivers the object, for the one person, until the link expires."""
    expires_at = int(clock.now().timestamp()) + delivery.expires_seconds
    claims = LinkClaims(
        require_key(key), delivery.filename, delivery.content_type, delivery.subject, delivery.person, expires_at
    )
    return f"{LINK_PATH}?link={signer.sign(claims)}"


def content_disposition(filename: str) -> str:
    """`attachment` with the name in both forms.

    The plain form keeps ASCII letters, digits and a few marks; the extended form has the whole name in UTF-8.
    Source: RFC 6266 section 4, RFC 8187 section 3.2.
    """
    plain = "".join(char if char.isascii() and (char.isalnum() or char in " ._-()+") else "_" for char in filename)
    return f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(filename, safe='')}"


def _encode(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def _decode(text: str) -> bytes:
    data = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
    if _encode(data) != text:
        raise ValueError("not the canonical form")
    return data
