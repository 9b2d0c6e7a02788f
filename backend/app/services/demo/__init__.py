"""The example organisation behind `make demo`: a year lived through the services with a moving clock."""

from app.services.demo.build import DemoReport, build_demo, first_moment
from app.services.demo.catalogue import PASSWORD, PEOPLE

__all__ = [
    "PASSWORD",
    "PEOPLE",
    "DemoReport",
    "build_demo",
    "first_moment",
]
