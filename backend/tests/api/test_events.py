"""The event stream over real HTTP: who hears what, and when it ends."""

import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any
from uuid import uuid4

import psycopg
import pytest
from sqlalchemy.engine import make_url

from app.domain.actor import Actor
from app.domain.events import Change
from app.domain.permissions import Role, permissions_of
from app.services.events.hub import STREAMS_A_PERSON, WAITING, EventHub
from tests.support import stories
from tests.support.databases import TestServer
from tests.support.event_stream import Listening, listening
from tests.support.product import Product, ago, running_product

CANARY = "kanarienvogel"


@pytest.fixture(scope="module")
def product(postgres_server: TestServer, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Product]:
    with running_product(postgres_server, tmp_path_factory.mktemp("events"), session_idle_minutes=5) as product:
        yield product


@pytest.fixture
def listen(product: Product) -> Iterator[Callable[..., Listening]]:
    """Opens the stream of a person until the test ends."""
    with ExitStack() as stack:

        def open_for(who: str, **headers: str) -> Listening:
            return stack.enter_context(listening(product.base_url, product.headers[who] | headers))

        yield open_for


def something_for_all(product: Product) -> str:
    """A change that everybody hears of; what was caused before it has been told by then."""
    made = product.call("admin", "POST", "/tools", {"name": f"Tool {uuid4()}"}, expect=201)
    return str(made["id"])


def test_a_change_is_told_by_kind_and_id(product: Product, listen: Callable[..., Listening]) -> None:
    viewer, blue, red = listen("viewer"), listen("blue_tech"), listen("red_tech")
    test = stories.evaluating(product)
    last = something_for_all(product)
    for heard in (viewer, blue, red):
        assert (heard.status, heard.events[0].name) == (200, "ready")
        heard.wait_for("tool", last)
        assert set(heard.ids("test")) == {test["id"]}
        assert test["name"] not in heard.text
        assert {tuple(e.data) for e in heard.events if e.name == "change"} == {("kind", "id")}
    # Blue is told that a test waits; red did it.
    assert (len(blue.ids("notification")), red.ids("notification"), viewer.ids("notification")) == (1, [], [])
    numbers = [e.id for e in viewer.events if e.id]
    assert len(numbers) == len(set(numbers)), "ids tell nothing about what others were told in between"


def test_a_sealed_test_makes_no_sound_for_those_for_whom_it_does_not_exist(
    product: Product, listen: Callable[..., Listening]
) -> None:
    body = {"name": "listener", "expires_in_days": 7}
    token = product.call("blue_lead", "POST", "/auth/tokens", body, expect=201)["token"]
    product.headers["token"] = {"Authorization": f"Bearer {token}"}
    deaf = [listen(who) for who in ("blue_tech", "blue_lead", "viewer", "token")]
    red, admin = listen("red_lead"), listen("admin")
    plan = {"technique": "T1105", "name": f"{CANARY} name", "platform": "Linux", "procedure": CANARY, "blind": True}
    test = product.call("red_tech", "POST", "/tests", plan, expect=201)
    path = f"/tests/{test['id']}"
    test = product.call("red_tech", "POST", f"{path}/start")
    record = {"version": test["red"]["version"], "summary": CANARY, "executed_at": ago(60), "execution": "succeeded"}
    product.call("red_tech", "PATCH", f"{path}/red", record | {"host": CANARY})
    stories.upload(product, "red_tech", test, "red", (f"{CANARY}.txt", CANARY.encode()))
    last = something_for_all(product)
    for heard in (red, admin):
        heard.wait_for("tool", last)
        assert test["id"] in heard.ids("test")
    for heard in deaf:
        heard.wait_for("tool", last)
        assert test["id"] not in heard.text
        assert (heard.ids("test"), heard.ids("notification")) == ([], [])

    blue, _, viewer, token_stream = deaf
    test = product.call("red_tech", "POST", f"{path}/submit-red")
    blue.wait_for("test", test["id"])
    token_stream.wait_for("test", test["id"])
    told = len(blue.ids("test"))
    stories.upload(product, "red_tech", test, "red", (f"{CANARY}-2.txt", b"late"))
    last = something_for_all(product)
    blue.wait_for("tool", last)
    assert len(blue.ids("test")) == told, "what red adds to a sealed test is red's affair"
    viewer.wait_for("tool", last)
    assert test["id"] not in viewer.text

    seen = {"version": product.call("blue_tech", "GET", path)["blue"]["version"], "summary": "Odd.", "observations": []}
    seen["observations"] = [{"outcome": "alerted", "tool": "EDR", "observed_at": ago(50)}]
    product.call("blue_tech", "PATCH", f"{path}/blue", seen)
    product.call("blue_tech", "POST", f"{path}/submit-blue")
    viewer.wait_for("test", test["id"])
    assert CANARY not in "".join(heard.text.lower() for heard in [*deaf, red, admin])


def test_a_stream_that_was_cut_off_goes_on_where_it_was(product: Product, listen: Callable[..., Listening]) -> None:
    keeper = listen("viewer")
    with listening(product.base_url, product.headers["red_tech"]) as first:
        something_for_all(product)
        first.wait(lambda seen: seen.ids("tool"))
        last_id = first.events[-1].id
    missed = [something_for_all(product), something_for_all(product)]
    keeper.wait_for("tool", missed[-1])
    again = listen("red_tech", **{"Last-Event-ID": str(last_id)})
    again.wait_for("tool", missed[-1])
    assert (again.events[0].name, again.ids("tool")) == ("ready", missed)
    lost = listen("red_tech", **{"Last-Event-ID": "0123456789abcdef"})
    assert lost.events[0].name == "resync"


def test_it_ends_with_the_session_or_the_token(product: Product, listen: Callable[..., Listening]) -> None:
    product.headers["leaving"] = product.log_in("viewer")
    product.headers["staying"] = product.log_in("viewer")
    made = product.call("viewer", "POST", "/auth/tokens", {"name": "short", "expires_in_days": 1}, expect=201)
    product.headers["revoked"] = {"Authorization": f"Bearer {made['token']}"}
    leaving, revoked, staying = listen("leaving"), listen("revoked"), listen("staying")
    product.call("leaving", "POST", "/auth/logout", expect=204)
    leaving.wait_for_end("session_expired")
    product.call("viewer", "DELETE", f"/auth/tokens/{made['id']}", expect=204)
    revoked.wait_for_end("not_authenticated")

    person = {"username": f"leaver-{uuid4().hex[:8]}", "full_name": "Leaver", "role": "blue_lead"}
    user = product.call("admin", "POST", "/users", person | {"password": "a quiet evening at home"}, expect=201)
    product.headers["leaver"] = product.log_in(person["username"], "a quiet evening at home")
    demoted = listen("leaver")
    product.call("admin", "PATCH", f"/users/{user['id']}", {"role": "viewer"})
    demoted.wait_for_end("session_expired")
    staying.wait_for("tool", something_for_all(product))
    assert not staying.closed


def test_listening_is_no_sign_of_life(product: Product, listen: Callable[..., Listening]) -> None:
    product.headers["quiet"] = product.log_in("viewer")
    with _database(product) as connection:
        newest = "SELECT id, last_seen_at FROM user_session ORDER BY created_at DESC LIMIT 1"
        session_id, _ = connection.execute(newest).fetchone() or (None, None)
        heard = listen("quiet")
        idle = "UPDATE user_session SET last_seen_at = now() - interval '1 day' WHERE id = %s"
        connection.execute(idle, [session_id])
        # Anything about the session makes the stream look at it again.
        tell = "SELECT pg_notify('aegis_events', json_build_object('k', 'session', 's', %s::text)::text)"
        connection.execute(tell, [session_id])
        heard.wait_for_end("session_expired")


def test_one_person_has_a_bounded_number_of_streams(product: Product) -> None:
    product.headers["many"] = product.headers["second_admin"]
    with ExitStack() as stack:
        for _ in range(STREAMS_A_PERSON):
            heard = stack.enter_context(listening(product.base_url, product.headers["many"]))
            assert heard.status == 200
        refused = product.raw("many", "GET", "/events")
        assert (refused.status_code, refused.json()["code"]) == (429, "too_many_streams")
        assert refused.headers["retry-after"] == "60"
    deadline = time.monotonic() + 10
    while True:
        with listening(product.base_url, product.headers["many"]) as heard:
            if heard.status == 200:
                break
        assert time.monotonic() < deadline, "places are given back"
        time.sleep(0.2)


def test_a_lost_connection_is_opened_again(product: Product, listen: Callable[..., Listening]) -> None:
    before = listen("viewer")
    with _database(product) as connection:
        ended = connection.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'aegis events'"
            " AND datname = current_database()"
        ).fetchall()
    assert ended == [(True,)], "one connection a process"
    before.wait_for_end("unavailable")
    deadline = time.monotonic() + 10
    while True:
        with listening(product.base_url, product.headers["viewer"]) as after:
            # A stream that comes before the new connection says goodbye at once, maybe after it was looked at.
            changed = something_for_all(product)
            after.wait(lambda seen, changed=changed: seen.closed or changed in seen.ids("tool"))
            if changed in after.ids("tool"):
                break
        assert time.monotonic() < deadline
        time.sleep(0.1)


def test_a_slow_reader_is_told_to_read_anew_instead_of_filling_the_memory() -> None:
    viewer = Actor(uuid4(), "viewer", Role.VIEWER, permissions_of(Role.VIEWER))
    hub = EventHub(None, None)  # type: ignore[arg-type]  nothing is looked up here
    subscription = hub.subscribe(viewer, None)
    for number in range(WAITING):
        subscription.offer(number, Change("tool", str(number)))
    assert len(subscription.drain()) == WAITING
    for number in range(5 * WAITING):
        subscription.offer(number, Change("tool", str(number)))
    assert (subscription.resync, subscription.drain()) == (True, [])


def _database(product: Product) -> Any:
    assert product.settings.database_url is not None
    url = make_url(product.settings.database_url).set(drivername="postgresql")
    return psycopg.connect(url.render_as_string(hide_password=False), autocommit=True)
