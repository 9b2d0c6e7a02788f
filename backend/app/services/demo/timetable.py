"""Working days and hours of the demo organisation, counted back from today."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

_SATURDAY = 5


@dataclass(frozen=True, slots=True)
class Timetable:
    """Turns "so many days ago" into moments at which people are at work."""

    today: date

    def workday(self, days_ago: int, later: int = 0) -> date:
        """The working day `later` working days after the first one that lies at most `days_ago` days back."""
        day = self.today - timedelta(days=days_ago)
        while day.weekday() >= _SATURDAY:
            day += timedelta(days=1)
        return workdays_after(day, later)

    def last_workday(self, back: int) -> date:
        """The working day `back` working days before today; 1 is the last one."""
        day = self.today
        for _ in range(back):
            day -= timedelta(days=1)
            while day.weekday() >= _SATURDAY:
                day -= timedelta(days=1)
        return day


def workdays_after(day: date, number: int) -> date:
    """The working day `number` working days after a working day."""
    for _ in range(number):
        day += timedelta(days=1)
        while day.weekday() >= _SATURDAY:
            day += timedelta(days=1)
    return day


def at(day: date, hour: int, minute: int = 0) -> datetime:
    """A moment of a day, in UTC."""
    return datetime.combine(day, time(hour, minute), UTC)
