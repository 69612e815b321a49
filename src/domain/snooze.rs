//! What becomes of a ticket's status and of the time at which it wakes up, of which each moves the other.
//!
//! Pure: from what is there and what is wanted to what will be.

use std::time::Duration;

use super::{TicketStatus, Timestamp};

/// How far ahead a ticket may be snoozed.
pub const LONGEST: Duration = Duration::from_secs(366 * 24 * 60 * 60);

/// A status, and until when it lasts if it is [`TicketStatus::Snoozed`].
pub type Rest = (TicketStatus, Option<Timestamp>);

/// What is wrong with a wish; in each case it is `snoozedUntil` that is at fault.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SnoozeError {
    /// Snoozing needs a time.
    #[error("A ticket is snoozed until a time: name it.")]
    NoTime,
    /// A ticket that is not snoozed has no such time.
    #[error("Only a snoozed ticket has this: leave out one of the two, or set the status to snoozed.")]
    OtherStatus,
    /// The time has come already.
    #[error("This must be in the future.")]
    Past,
    /// The time is too far ahead.
    #[error("This must be within a year.")]
    TooFar,
}

/// What comes of wanting `status`, and `until` (`Some(None)` wakes the ticket up).
///
/// # Errors
/// A wish that contradicts itself, or a time that cannot be.
pub fn settle(
    is: Rest,
    status: Option<TicketStatus>,
    until: Option<Option<Timestamp>>,
    now: Timestamp,
) -> Result<Rest, SnoozeError> {
    match (status, until) {
        (None, None) => Ok(is),
        (None | Some(TicketStatus::Snoozed), Some(Some(time))) => {
            let wanted = (TicketStatus::Snoozed, Some(time));
            // What is so already is no wish: a retry may come after its time.
            if wanted == is { Ok(is) } else { in_range(time, now).map(|()| wanted) }
        }
        (Some(_), Some(Some(_))) => Err(SnoozeError::OtherStatus),
        (Some(TicketStatus::Snoozed), Some(None)) => Err(SnoozeError::NoTime),
        (Some(TicketStatus::Snoozed), None) => match is.1 {
            Some(time) => Ok((TicketStatus::Snoozed, Some(time))),
            None => Err(SnoozeError::NoTime),
        },
        (Some(status), Some(None) | None) => Ok((status, None)),
        (None, Some(None)) if is.0 == TicketStatus::Snoozed => Ok((TicketStatus::Open, None)),
        (None, Some(None)) => Ok((is.0, None)),
    }
}

fn in_range(time: Timestamp, now: Timestamp) -> Result<(), SnoozeError> {
    if time <= now {
        Err(SnoozeError::Past)
    } else if time > now.after(LONGEST) {
        Err(SnoozeError::TooFar)
    } else {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::{TicketStatus::*, *};

    const NOW: Timestamp = Timestamp(1_000_000);
    const LATER: Timestamp = Timestamp(2_000_000);

    fn settled(is: Rest, status: Option<TicketStatus>, until: Option<Option<Timestamp>>) -> Option<Rest> {
        settle(is, status, until, NOW).ok()
    }

    #[test]
    fn a_time_snoozes_and_everything_else_wakes() {
        let snoozed = (Snoozed, Some(LATER));
        for is in [Open, Pending, Closed] {
            assert_eq!(settled((is, None), None, Some(Some(LATER))), Some(snoozed));
            assert_eq!(settled((is, None), Some(Snoozed), Some(Some(LATER))), Some(snoozed));
            assert_eq!(settled((is, None), None, Some(None)), Some((is, None)));
        }
        assert_eq!(settled(snoozed, None, Some(None)), Some((Open, None)));
        for status in [Open, Pending, Closed] {
            assert_eq!(settled(snoozed, Some(status), None), Some((status, None)));
            assert_eq!(settled(snoozed, Some(status), Some(None)), Some((status, None)));
        }
        assert_eq!(settled(snoozed, Some(Snoozed), None), Some(snoozed));
        assert_eq!(settled(snoozed, None, None), Some(snoozed));
    }

    #[test]
    fn what_contradicts_itself_is_refused() {
        assert_eq!(settle((Open, None), Some(Snoozed), None, NOW), Err(SnoozeError::NoTime));
        assert_eq!(settle((Open, None), Some(Snoozed), Some(None), NOW), Err(SnoozeError::NoTime));
        for status in [Open, Pending, Closed] {
            let refused = settle((Snoozed, Some(LATER)), Some(status), Some(Some(LATER)), NOW);
            assert_eq!(refused, Err(SnoozeError::OtherStatus));
        }
    }

    #[test]
    fn the_time_is_ahead_and_within_a_year_but_for_the_one_that_is_set() {
        let snooze = |is, time| settle(is, None, Some(Some(time)), NOW);
        let end = NOW.after(LONGEST);
        assert_eq!(snooze((Open, None), NOW), Err(SnoozeError::Past));
        assert_eq!(snooze((Open, None), Timestamp(NOW.0 + 1)), Ok((Snoozed, Some(Timestamp(NOW.0 + 1)))));
        assert_eq!(snooze((Open, None), end), Ok((Snoozed, Some(end))));
        assert_eq!(snooze((Open, None), Timestamp(end.0 + 1)), Err(SnoozeError::TooFar));
        assert_eq!(snooze((Snoozed, Some(NOW)), NOW), Ok((Snoozed, Some(NOW))));
    }
}
