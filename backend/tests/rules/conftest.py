"""The bundled ATT&CK, shared by the tests of a module, with rules and countermeasures of our own making."""

from tests.content.conftest import attack_app, attack_factory, attack_settings, attack_urls, client, people

__all__ = ["attack_app", "attack_factory", "attack_settings", "attack_urls", "client", "people"]
