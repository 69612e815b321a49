//! When a delivery that failed is tried again, and when it is given up.
//!
//! Pure: the time and chance are parameters.

use std::time::Duration;

use crate::{
    domain::{Delivery, Timestamp},
    store::changes::Then,
};

const MINUTE: u64 = 60;
const HOUR: u64 = 60 * MINUTE;
const DAY: u64 = 24 * HOUR;

/// How long after each try the next one is made: ten more over about a day.
pub(super) const DELAYS: [Duration; 10] = [
    Duration::from_secs(5),
    Duration::from_secs(30),
    Duration::from_secs(2 * MINUTE),
    Duration::from_secs(10 * MINUTE),
    Duration::from_secs(30 * MINUTE),
    Duration::from_secs(HOUR),
    Duration::from_secs(2 * HOUR),
    Duration::from_secs(4 * HOUR),
    Duration::from_secs(8 * HOUR),
    Duration::from_secs(8 * HOUR),
];

/// The longest that a receiver may ask us to wait.
const MAX_WAIT: Duration = Duration::from_secs(8 * HOUR);

/// What waited so long behind others of its ticket gets one try, lest an endpoint that is gone is asked
/// for weeks.
const MAX_AGE: Duration = Duration::from_secs(3 * DAY);

/// How long what was delivered, and what was given up, can be looked at.
const KEEP_DELIVERED: Duration = Duration::from_secs(3 * DAY);
const KEEP_DEAD: Duration = Duration::from_secs(30 * DAY);

/// What a receiver answered.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Answered {
    /// The status, if there was an answer.
    pub(super) status: Option<u16>,
    /// Why it failed; `None` if it did not.
    pub(super) error: Option<String>,
    /// For how long the receiver wants to be left alone.
    pub(super) retry_after: Option<Duration>,
    /// Trying again changes nothing.
    pub(super) is_final: bool,
}

/// What follows from the try of a delivery. `chance` is from 0 to 1.
pub(super) fn then(delivery: &Delivery, answered: &Answered, now: Timestamp, chance: f64) -> Then {
    if answered.error.is_none() {
        return Then::Delivered { forget_at: now.after(KEEP_DELIVERED) };
    }
    let dead = |disable| Then::Dead { forget_at: now.after(KEEP_DEAD), disable };
    if answered.status == Some(410) {
        return dead(Some("The receiver answered 410 Gone."));
    }
    let tried = usize::try_from(delivery.attempts).unwrap_or_default();
    match DELAYS.get(tried.saturating_sub(1)) {
        Some(delay) if !answered.is_final && now <= delivery.queued_at.after(MAX_AGE) => {
            let spread = delay.mul_f64(0.8 + 0.4 * chance.clamp(0.0, 1.0));
            let wanted = answered.retry_after.unwrap_or_default().min(MAX_WAIT);
            Then::Again { at: now.after(spread.max(wanted)) }
        }
        _ => dead(None),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::domain::{DeliveryId, DeliveryState, WebhookEvent, WebhookId};

    const NOW: Timestamp = Timestamp(1_000_000);

    fn delivery(attempts: i32) -> Delivery {
        Delivery {
            id: DeliveryId(1),
            webhook_id: WebhookId(1),
            event_id: String::new(),
            event: WebhookEvent::Ping,
            place: None,
            state: DeliveryState::Pending,
            attempts,
            next_attempt_at: None,
            last_status: None,
            last_error: None,
            created_at: NOW,
            queued_at: NOW,
            settled_at: None,
        }
    }

    fn failed(status: u16) -> Answered {
        Answered { status: Some(status), error: Some(String::new()), ..Answered::default() }
    }

    fn wait(then: Then) -> Option<Duration> {
        match then {
            Then::Again { at } => Some(NOW.until(at)),
            _ => None,
        }
    }

    #[test]
    fn ten_tries_follow_the_first_over_about_a_day() {
        let all: Duration = DELAYS.iter().sum();
        assert!((20..28).contains(&(all.as_secs() / HOUR)), "{all:?}");
        for (tried, delay) in (1..).zip(DELAYS) {
            assert_eq!(wait(then(&delivery(tried), &failed(500), NOW, 0.5)), Some(delay));
        }
        assert!(matches!(then(&delivery(11), &failed(500), NOW, 0.5), Then::Dead { disable: None, .. }));
    }

    #[test]
    fn a_receiver_that_is_gone_is_asked_no_more_and_its_webhook_disabled() {
        assert!(matches!(then(&delivery(1), &failed(410), NOW, 0.5), Then::Dead { disable: Some(_), .. }));
    }

    #[test]
    fn a_receiver_is_left_alone_as_long_as_it_wants_within_bounds() {
        let busy = |seconds| Answered { retry_after: Some(Duration::from_secs(seconds)), ..failed(503) };
        let wait = |tried, seconds| wait(then(&delivery(tried), &busy(seconds), NOW, 0.5)).unwrap().as_secs();
        assert_eq!(wait(1, 120), 120);
        assert_eq!(wait(1, 1), 5, "never sooner than it would be");
        assert_eq!(wait(1, u64::MAX), 8 * HOUR);
    }

    #[test]
    fn what_waited_for_days_gets_one_try() {
        let late = Timestamp(NOW.0 + i64::try_from(MAX_AGE.as_millis()).unwrap() + 1);
        assert!(matches!(then(&delivery(1), &failed(500), late, 0.5), Then::Dead { disable: None, .. }));
        assert!(matches!(then(&delivery(1), &Answered::default(), late, 0.5), Then::Delivered { .. }));
    }

    proptest! {
        #[test]
        fn a_wait_is_within_a_fifth_of_the_plan(tried in 1_i32..=10, chance in 0.0_f64..=1.0) {
            let plan = DELAYS[usize::try_from(tried).unwrap() - 1];
            let wait = wait(then(&delivery(tried), &failed(500), NOW, chance)).unwrap();
            // The clock counts milliseconds.
            let slack = Duration::from_millis(1);
            prop_assert!(wait + slack >= plan.mul_f64(0.8) && wait <= plan.mul_f64(1.2) + slack);
        }
    }
}
