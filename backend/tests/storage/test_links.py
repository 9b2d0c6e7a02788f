"""Links that the application signs."""

from datetime import timedelta

import pytest

from app import clock
from app.config import Settings
from app.errors import Forbidden
from app.storage import Delivery, LinkClaims, LinkSigner, app_link, content_disposition, make_link_signer, new_key
from app.storage.filesystem import FilesystemStore

DELIVERY = Delivery(
    filename="pass the hash.png", content_type="image/png", expires_seconds=60, subject="evidence-1", person="user-1"
)


async def test_a_link_names_object_file_and_person(files: FilesystemStore, signer: LinkSigner) -> None:
    key = new_key()
    path = await files.presign(key, DELIVERY)
    prefix, _, token = path.partition("?link=")
    assert prefix == "/api/v1/evidence-files"
    claims = signer.read(token)
    assert claims == LinkClaims(key, "pass the hash.png", "image/png", "evidence-1", "user-1", claims.expires_at)


async def test_a_link_lives_sixty_seconds(signer: LinkSigner) -> None:
    start = clock.now().replace(microsecond=0)
    with clock.frozen_at(start):
        token = app_link(signer, new_key(), DELIVERY).partition("?link=")[2]
    with clock.frozen_at(start + timedelta(seconds=59)):
        assert signer.read(token).expires_at == int(start.timestamp()) + 60
    with clock.frozen_at(start + timedelta(seconds=60)), pytest.raises(Forbidden) as refusal:
        signer.read(token)
    assert refusal.value.code == "link_expired"


def test_no_character_of_a_link_can_be_changed(signer: LinkSigner) -> None:
    token = app_link(signer, new_key(), DELIVERY).partition("?link=")[2]
    for position in range(len(token)):
        changed = token[:position] + ("A" if token[position] != "A" else "B") + token[position + 1 :]
        with pytest.raises(Forbidden) as refusal:
            signer.read(changed)
        assert refusal.value.code == "link_invalid"


@pytest.mark.parametrize("token", ["", ".", "a", "a.b", "é.é", "=.=", "e30.e30", "x" * 5000, "a.b.c", "e30=.e30="])
def test_nonsense_is_refused(signer: LinkSigner, token: str) -> None:
    with pytest.raises(Forbidden) as refusal:
        signer.read(token)
    assert refusal.value.code == "link_invalid"


def test_another_key_reads_nothing_and_the_previous_secret_still_does(settings: Settings) -> None:
    token = app_link(make_link_signer(settings), new_key(), DELIVERY).partition("?link=")[2]
    renewed = settings.model_copy(update={"secret_key": settings.secret_key.__class__("another secret " * 3)})
    with pytest.raises(Forbidden):
        make_link_signer(renewed).read(token)
    rotated = renewed.model_copy(update={"secret_key_previous": settings.secret_key})
    assert make_link_signer(rotated).read(token).person == "user-1"


@pytest.mark.parametrize(
    ("name", "header"),
    [
        ("a.txt", "attachment; filename=\"a.txt\"; filename*=UTF-8''a.txt"),
        ('q"u;o\\te.txt', "attachment; filename=\"q_u_o_te.txt\"; filename*=UTF-8''q%22u%3Bo%5Cte.txt"),
        ("Übung 1.png", "attachment; filename=\"_bung 1.png\"; filename*=UTF-8''%C3%9Cbung%201.png"),
        ("100%.txt", "attachment; filename=\"100_.txt\"; filename*=UTF-8''100%25.txt"),
    ],
)
def test_names_in_headers(name: str, header: str) -> None:
    assert content_disposition(name) == header
