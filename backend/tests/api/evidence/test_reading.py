"""Listing, download links, the files behind them, and previews."""

import asyncio
import io
from datetime import timedelta
from urllib.parse import urlsplit
from uuid import uuid4

import pytest
from PIL import Image
from sqlalchemy import update

from app import clock
from app.database import session_scope
from app.domain.states import State
from app.models.identity import UserAccount
from app.storage import LinkSigner, make_link_signer
from tests.api.evidence.scene import Scene, refused

HTML = b"<!DOCTYPE html><script>alert(1)</script>"


async def uploaded(scene: Scene, content: bytes = b"0123456789", filename: str = "digits.txt") -> dict[str, str]:
    answer = await scene.upload(await scene.test(), content, filename=filename)
    assert answer.status_code == 201
    body: dict[str, str] = answer.json()
    return body


def path_of(evidence: dict[str, str], action: str = "") -> str:
    return f"/tests/{evidence['test_id']}/evidence/{evidence['id']}{action}"


async def link_to(scene: Scene, evidence: dict[str, str], person: str = "viewer") -> str:
    answer = await scene.get(path_of(evidence, "/download"), person=person)
    assert answer.status_code == 200
    assert answer.json()["expires_in"] == 60
    url: str = answer.json()["url"]
    return url


async def test_the_list_shows_everybody_all_of_it_in_order(scene: Scene) -> None:
    test_id = await scene.test(State.BLUE_EVALUATING)
    names = []
    for person, team in (("red", "red"), ("blue", "blue"), ("admin", "red")):
        names.append((await scene.upload(test_id, person=person, team=team)).json()["id"])
    answer = await scene.get(f"/tests/{test_id}/evidence")
    assert answer.status_code == 200
    assert [item["id"] for item in answer.json()["items"]] == names
    assert (answer.json()["total"], answer.json()["limit"], answer.json()["offset"]) == (3, 50, 0)
    page = (await scene.get(f"/tests/{test_id}/evidence?limit=1&offset=1")).json()
    assert ([item["id"] for item in page["items"]], page["total"]) == (names[1:2], 3)
    assert (await scene.get(f"/tests/{test_id}/evidence?team=blue")).json()["total"] == 1
    assert (await scene.get(f"/tests/{test_id}/evidence?round=2")).json()["total"] == 0
    assert refused(await scene.get(f"/tests/{test_id}/evidence?limit=201")) == (422, "invalid_input")
    assert refused(await scene.get(f"/tests/{test_id}/evidence", person=None)) == (401, "not_authenticated")
    assert refused(await scene.get(f"/tests/{uuid4()}/evidence")) == (404, "test_not_found")


async def test_one_file_with_its_custody(scene: Scene) -> None:
    evidence = await uploaded(scene)
    await link_to(scene, evidence)
    body = (await scene.get(path_of(evidence))).json()
    assert [(entry["kind"], entry["actor"]) for entry in body.pop("custody")] == [
        ("link_issued", "viewer"),
        ("received", "red"),
    ]
    assert body == evidence
    other = await scene.test()
    assert refused(await scene.get(f"/tests/{other}/evidence/{evidence['id']}")) == (404, "evidence_not_found")
    assert refused(await scene.get(f"/tests/{other}/evidence/{uuid4()}")) == (404, "evidence_not_found")


async def test_a_link_gives_the_bytes_as_an_attachment_without_a_token(scene: Scene) -> None:
    evidence = await uploaded(scene, filename="Übung.txt")
    url = await link_to(scene, evidence)
    assert urlsplit(url).path == "/api/v1/evidence-files"
    answer = await scene.fetch(url)
    assert (answer.status_code, answer.content) == (200, b"0123456789")
    expected = {
        "content-type": "text/plain",
        "content-length": "10",
        "content-disposition": "attachment; filename=\"_bung.txt\"; filename*=UTF-8''%C3%9Cbung.txt",
        "content-security-policy": "sandbox; default-src 'none'",
        "x-content-type-options": "nosniff",
        "cache-control": "no-store",
        "referrer-policy": "no-referrer",
        "accept-ranges": "bytes",
        "etag": f'"{evidence["sha256"]}"',
    }
    assert {name: answer.headers[name] for name in expected} == expected
    again = await scene.fetch(url)
    assert again.status_code == 200
    assert await scene.custody(evidence["id"]) == [
        ("received", "red"),
        ("link_issued", "viewer"),
        ("fetched", "viewer"),
        ("fetched", "viewer"),
    ]


@pytest.mark.parametrize(
    ("wanted", "status", "content", "content_range"),
    [
        ("bytes=0-3", 206, b"0123", "bytes 0-3/10"),
        ("bytes=4-", 206, b"456789", "bytes 4-9/10"),
        ("bytes=-3", 206, b"789", "bytes 7-9/10"),
        ("bytes=8-99", 206, b"89", "bytes 8-9/10"),
        ("bytes=-99", 206, b"0123456789", "bytes 0-9/10"),
        ("bytes=0-1,4-5", 200, b"0123456789", None),
        ("bytes=5-2", 200, b"0123456789", None),
        ("lines=1-2", 200, b"0123456789", None),
        ("bytes=x-y", 200, b"0123456789", None),
    ],
)
async def test_ranges(scene: Scene, wanted: str, status: int, content: bytes, content_range: str | None) -> None:
    url = await link_to(scene, await uploaded(scene))
    answer = await scene.fetch(url, headers={"Range": wanted})
    assert (answer.status_code, answer.content, answer.headers.get("content-range")) == (status, content, content_range)


async def test_a_range_beyond_the_end_and_a_range_of_another_file(scene: Scene) -> None:
    evidence = await uploaded(scene)
    url = await link_to(scene, evidence)
    for wanted in ("bytes=10-", "bytes=99-100", "bytes=-0"):
        assert refused(await scene.fetch(url, headers={"Range": wanted})) == (416, "range_not_satisfiable")
    same = await scene.fetch(url, headers={"Range": "bytes=1-2", "If-Range": f'"{evidence["sha256"]}"'})
    assert (same.status_code, same.content) == (206, b"12")
    other = await scene.fetch(url, headers={"Range": "bytes=1-2", "If-Range": '"another"'})
    assert (other.status_code, other.content) == (200, b"0123456789")


async def test_bad_and_old_links_are_refused(scene: Scene) -> None:
    evidence = await uploaded(scene)
    url = await link_to(scene, evidence)
    token = url.partition("link=")[2]
    signer = make_link_signer(scene.settings)
    with clock.frozen_at(clock.now() - timedelta(seconds=61)):
        old = LinkSigner(signer._keys).sign(signer.read(token).__class__(**_claims(signer, token, -61)))
    assert refused(await scene.fetch(f"/api/v1/evidence-files?link={old}")) == (403, "link_expired")
    assert refused(await scene.fetch(url[:-3] + "AAA")) == (403, "link_invalid")
    assert refused(await scene.fetch("/api/v1/evidence-files?link=x")) == (403, "link_invalid")
    assert refused(await scene.fetch("/api/v1/evidence-files")) == (422, "invalid_input")


def _claims(signer: LinkSigner, token: str, shift: int) -> dict[str, object]:
    claims = signer.read(token)
    return {
        "key": claims.key,
        "filename": claims.filename,
        "content_type": claims.content_type,
        "subject": claims.subject,
        "person": claims.person,
        "expires_at": claims.expires_at + shift,
    }


async def test_a_link_ends_with_its_persons_account(scene: Scene) -> None:
    evidence = await uploaded(scene)
    url = await link_to(scene, evidence, person="red2")
    by_red2 = UserAccount.id == scene.user_ids["red2"]
    async with session_scope(scene.factory) as session:
        await session.execute(update(UserAccount).where(by_red2).values(is_active=False))
    assert refused(await scene.fetch(url)) == (404, "evidence_not_found")
    async with session_scope(scene.factory) as session:
        await session.execute(update(UserAccount).where(by_red2).values(is_active=True))
    assert (await scene.fetch(url)).status_code == 200


async def test_many_who_read_at_once_do_not_wait_for_each_other(scene: Scene) -> None:
    # More than there are connections: a request that held one while it waited for another would never get it.
    evidence = await uploaded(scene)
    many = 3 * scene.settings.database_pool_size
    paths = [path_of(evidence, "/download"), path_of(evidence, "/preview")] * (many // 2)
    answers = await asyncio.wait_for(asyncio.gather(*(scene.get(path) for path in paths)), 8)
    assert {answer.status_code for answer in answers} == {200}


async def test_a_lost_object_is_told(scene: Scene) -> None:
    evidence = await uploaded(scene, b"soon lost")
    url = await link_to(scene, evidence)
    scene.object_of(evidence["sha256"]).unlink()
    assert refused(await scene.fetch(url)) == (404, "object_missing")


@pytest.mark.parametrize(
    ("content", "filename", "content_type"),
    [
        (HTML, "page.txt", "text/html"),
        (b"MZ\x90\x00" + bytes(64), "report.pdf", "application/x-executable"),
        (b"Write-Host hi", "run.ps1", "text/plain"),
        (b'<svg xmlns="http://www.w3.org/2000/svg"/>', "logo.png", "image/svg+xml"),
    ],
)
async def test_dangerous_files_change_name_and_type_but_no_byte(
    scene: Scene, content: bytes, filename: str, content_type: str
) -> None:
    evidence = await uploaded(scene, content, filename)
    assert (evidence["dangerous"], evidence["content_type"], evidence["filename"]) == (True, content_type, filename)
    answer = await scene.fetch(await link_to(scene, evidence))
    assert answer.content == content
    assert answer.headers["content-type"] == "application/octet-stream"
    assert f'filename="{filename}.danger"' in answer.headers["content-disposition"]


def picture(kind: str, size: tuple[int, int] = (3000, 1500), **options: object) -> bytes:
    out = io.BytesIO()
    Image.new("RGB", size, (200, 30, 30)).save(out, kind, **options)
    return out.getvalue()


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "GIF", "WEBP"])
async def test_pictures_are_drawn_anew(scene: Scene, kind: str) -> None:
    evidence = await uploaded(scene, picture(kind), f"shot.{kind.lower()}")
    answer = await scene.get(path_of(evidence, "/preview"))
    assert (answer.status_code, answer.headers["content-type"]) == (200, "image/png")
    assert answer.headers["content-security-policy"] == "sandbox; default-src 'none'"
    with Image.open(io.BytesIO(answer.content)) as image:
        assert (image.format, image.size, image.info) == ("PNG", (2000, 1000), {})
    assert await scene.custody(evidence["id"]) == [("received", "red"), ("previewed", "viewer")]


async def test_metadata_and_what_hides_behind_a_picture_do_not_pass(scene: Scene) -> None:
    exif = Image.Exif()
    exif[0x010E] = "secret description"
    evidence = await uploaded(scene, picture("JPEG", (40, 20), exif=exif) + HTML, "shot.jpg")
    answer = await scene.get(path_of(evidence, "/preview"))
    assert b"secret description" not in answer.content
    assert b"<script>" not in answer.content


async def test_text_is_shown_as_plain_text_up_to_64_kib(scene: Scene) -> None:
    evidence = await uploaded(scene, b"<b>not bold</b>\n" + b"a" * 100_000, "log.txt")
    answer = await scene.get(path_of(evidence, "/preview"))
    assert answer.headers["content-type"] == "text/plain; charset=utf-8"
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert len(answer.content) == 64 * 1024
    assert answer.content.startswith(b"<b>not bold</b>\n")


@pytest.mark.parametrize(
    ("content", "filename", "status", "code"),
    [
        (HTML, "page.html", 422, "no_preview"),
        (b"%PDF-1.7\n", "a.pdf", 422, "no_preview"),
        (b"<svg/>", "a.svg", 422, "no_preview"),
        (b"\x89PNG\r\n\x1a\nbroken", "a.png", 422, "no_preview"),
        (bytes(range(256)), "a.bin", 422, "no_preview"),
        (picture("PNG", (6000, 5000)), "bomb.png", 413, "preview_too_large"),
        (picture("PNG", (15000, 15000)), "bomb2.png", 413, "preview_too_large"),
    ],
)
async def test_everything_else_has_no_preview(
    scene: Scene, content: bytes, filename: str, status: int, code: str
) -> None:
    evidence = await uploaded(scene, content, filename)
    assert refused(await scene.get(path_of(evidence, "/preview"))) == (status, code)
