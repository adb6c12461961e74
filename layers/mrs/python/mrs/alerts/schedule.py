"""When an alert may go out: quiet hours and digests, in the subscriber's time zone. The time is given, never asked."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

from mrs.alerts.model import Channel, Delivery, Subscription


def held_until(subscription: Subscription, channel: str, now: datetime, digest_at: str) -> tuple[datetime, str] | None:
    """Return until when (UTC) an alert is held and by what, or None where it goes out at once.

    In-app alerts make no noise and are never held. A digest goes at its own hour, even a quiet one: it was chosen.

    Parameters
    ----------
    subscription, channel
        Who is to be told, and how.
    now
        The logical time of the run, UTC without a zone.
    digest_at
        Local time of a digest whose subscription names none, HH:MM.
    """
    if channel == Channel.IN_APP:
        return None
    zone = ZoneInfo(subscription.time_zone)
    local = now.replace(tzinfo=UTC).astimezone(zone)
    if subscription.delivery == Delivery.DAILY_DIGEST:
        due = _next(local, _time(subscription.digest_at or digest_at))
        return None if due <= now else (due, "digest")
    if subscription.quiet_from is None or subscription.quiet_to is None:
        return None
    if not _within(local.time(), _time(subscription.quiet_from), _time(subscription.quiet_to)):
        return None
    return _next(local, _time(subscription.quiet_to)), "quiet_hours"


def _time(text: str) -> time:
    return time.fromisoformat(text)


def _within(at: time, start: time, end: time) -> bool:
    """Whether a time of day lies in [start, end), which may go over midnight; equal ends are no hours at all."""
    return start <= at < end if start <= end else at >= start or at < end


def _next(local: datetime, at: time) -> datetime:
    """Return the first moment from `local` on that the zone's clocks show `at`, in UTC without a zone."""
    for days in (0, 1):
        day = local.date() + timedelta(days=days)
        moment = datetime.combine(day, at, tzinfo=local.tzinfo).astimezone(UTC)
        if moment >= local.astimezone(UTC):
            break
    return moment.replace(tzinfo=None)
