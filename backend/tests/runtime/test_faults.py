"""What the product rests on goes away and comes back: clear refusals meanwhile, and no hand is needed afterwards."""

import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from psycopg import sql

from tests.support import stories
from tests.support.databases import TestServer
from tests.support.event_stream import listening
from tests.support.processes import running_fleet
from tests.support.product import Product, running_product

PATIENCE = 30
ROOM = 24
"""Size of the small disk, in MiB."""


@pytest.fixture
def product(postgres_server: TestServer, tmp_path: Path) -> Iterator[Product]:
    with running_product(postgres_server, tmp_path) as product:
        yield product


def refusal(answer: httpx.Response) -> tuple[int, str]:
    assert answer.headers["content-type"] == "application/problem+json", answer.text
    return answer.status_code, answer.json()["code"]


def until_it_works(product: Product) -> None:
    deadline = time.monotonic() + PATIENCE
    while product.raw("viewer", "GET", "/auth/me").status_code != 200:
        assert time.monotonic() < deadline
        time.sleep(0.1)


def test_the_database_goes_and_comes_back(product: Product, postgres_server: TestServer) -> None:
    test = stories.executing(product)
    name = product.settings.database_url.rpartition("/")[2].partition("?")[0] if product.settings.database_url else ""
    with postgres_server.postgres.connect_as_admin("postgres") as admin:
        admin.autocommit = True
        database = sql.Identifier(name)
        with listening(product.base_url, product.headers["viewer"]) as heard:
            admin.execute(sql.SQL("ALTER DATABASE {} ALLOW_CONNECTIONS false").format(database))
            admin.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s", [name])
            heard.wait_for_end("unavailable")
        unavailable = (503, "database_unavailable")
        assert refusal(product.raw("viewer", "GET", f"/tests/{test['id']}")) == unavailable
        assert refusal(product.raw("red_tech", "POST", f"/tests/{test['id']}/submit-red")) == unavailable
        path = f"/tests/{test['id']}/evidence?team=red"
        answer = product.raw("red_tech", "POST", path, files={"file": ("a.bin", b"a" * 1000)})
        assert (refusal(answer), answer.headers["retry-after"]) == (unavailable, "5")
        form = {"username": "viewer", "password": "whatever it is"}
        assert refusal(product.client.post(f"{product.base_url}/api/v1/auth/login", data=form)) == unavailable
        assert product.client.get(f"{product.base_url}/health").status_code == 200
        assert product.client.get(f"{product.base_url}/ready").json() == {
            "status": "not_ready",
            "failing": ["database"],
        }
        admin.execute(sql.SQL("ALTER DATABASE {} ALLOW_CONNECTIONS true").format(database))
    until_it_works(product)
    handed_over = product.call("red_tech", "POST", f"/tests/{test['id']}/submit-red")
    assert handed_over["state"] == "blue_evaluating"
    assert product.call("viewer", "GET", f"/tests/{test['id']}/evidence")["items"] == []
    assert product.client.get(f"{product.base_url}/ready").status_code == 200
    deadline = time.monotonic() + PATIENCE
    while True:
        with listening(product.base_url, product.headers["viewer"]) as heard:
            if not heard.closed:
                heard.wait_for("test", stories.draft(product)["id"])
                break
        assert time.monotonic() < deadline


def test_the_store_goes_and_comes_back(product: Product) -> None:
    test = stories.executing(product)
    kept = stories.upload(product, "red_tech", test, "red", ("kept.txt", b"kept"))
    folder = product.settings.aegis_data_dir / "evidence"
    away = folder.rename(folder.with_name("away"))
    folder.write_bytes(b"")
    path = f"/tests/{test['id']}/evidence"
    answer = product.raw("red_tech", "POST", f"{path}?team=red", files={"file": ("lost.txt", b"lost")})
    assert refusal(answer) == (503, "storage_unavailable")
    assert refusal(product.raw("red_tech", "POST", f"{path}/{kept['id']}/verify")) == (503, "storage_unavailable")
    assert product.call("viewer", "GET", f"/tests/{test['id']}")["state"] == "red_executing"
    folder.unlink()
    away.rename(folder)
    assert product.call("red_tech", "POST", f"{path}/{kept['id']}/verify")["intact"]
    stories.upload(product, "red_tech", test, "red", ("again.txt", b"again"))
    assert [item["filename"] for item in product.call("viewer", "GET", path)["items"]] == ["kept.txt", "again.txt"]


def test_a_full_disk_takes_nothing_half_and_goes_on_when_there_is_room(
    postgres_server: TestServer, tmp_path: Path
) -> None:
    evidence = tmp_path / "aegis" / "evidence"
    evidence.mkdir(parents=True)
    # A disk of its own, in a place that only this process sees; half of it is taken by something else.
    disk = f"mount -t tmpfs -o size={ROOM}m small {evidence}"
    taken = f"head -c {ROOM // 2}m /dev/zero > {evidence}/else"
    around = ("unshare", "-rm", "sh", "-c", f'{disk} && {taken} && exec "$@"', "sh")
    with running_fleet(postgres_server, tmp_path, 1, around=around, evidence_min_free_gb=0) as fleet:
        [product] = fleet.products
        test = stories.executing(product)
        path = f"/tests/{test['id']}/evidence"
        eight = b"8" * (8 << 20)
        stories.upload(product, "red_tech", test, "red", ("fits.bin", eight))
        answer = product.raw("red_tech", "POST", f"{path}?team=red", files={"file": ("too-much.bin", eight)})
        assert refusal(answer)[0] == 507
        assert [item["filename"] for item in product.call("viewer", "GET", path)["items"]] == ["fits.bin"]
        product.call("red_tech", "POST", f"/tests/{test['id']}/submit-red")
        inside = Path(f"/proc/{fleet.processes[0].pid}/root{evidence}")
        assert list((inside / "incoming").iterdir()) == [], "what did not fit is gone"
        (inside / "else").unlink()
        stories.upload(product, "blue_tech", test, "blue", ("fits-now.bin", eight))
        for item in product.call("viewer", "GET", path)["items"]:
            assert product.call("admin", "POST", f"{path}/{item['id']}/verify")["intact"]
