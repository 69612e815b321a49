//! What is told of who comes, goes and changes.

use super::*;
use crate::domain::Role;

const AT: Timestamp = Timestamp(1_000);
const ONE: ConnectionId = ConnectionId(1);

fn table() -> (Availabilities, Clock) {
    let clock = Clock::fixed(AT);
    (Availabilities::new(clock.clone(), Arc::default()), clock)
}

fn amy() -> User {
    User { id: UserId::new("amy").unwrap(), name: "Amy".to_owned(), role: Role::Agent }
}

fn wants(availability: Availability) -> StatusSet {
    StatusSet { user_id: amy().id, availability, last_seen: None, from: ONE }
}

/// What others are told, one batch after the other.
fn told(table: &Availabilities) -> Vec<Option<Availability>> {
    let changes = table.take(10);
    table.announced(&changes);
    changes.into_iter().map(|change| change.news.map(|news| news.status)).collect()
}

#[test]
fn changes_that_cancel_each_other_are_no_news() {
    let (table, _) = table();
    table.came(&amy(), Standing::default());
    assert_eq!(told(&table), [Some(Availability::Online)]);
    table.went(&amy().id);
    table.came(&amy(), Standing::default());
    assert_eq!(told(&table), [None], "it is noted that she was seen, and nobody is told");
    assert_eq!(told(&table), []);
}

#[test]
fn a_user_waits_once_and_is_told_as_they_are() {
    let (table, _) = table();
    table.came(&amy(), Standing::default());
    table.set(&wants(Availability::Away));
    table.set(&wants(Availability::Busy));
    let changes = table.take(10);
    assert_eq!(changes.len(), 1);
    assert_eq!(changes[0].news.map(|news| news.status), Some(Availability::Busy));
    assert_eq!((changes[0].by, changes[0].seen), (Some(ONE), Some(AT)));
    // What happens while it is told comes behind it.
    table.went(&amy().id);
    table.announced(&changes);
    assert_eq!(told(&table), [Some(Availability::Offline)]);
    assert!(table.status(&amy().id).is_none(), "who went is forgotten once all is told");
}

#[test]
fn who_comes_back_hidden_was_not_seen() {
    let (table, clock) = table();
    let hidden = Standing { availability: Availability::Offline, last_seen: Some(Timestamp(10)) };
    table.came(&amy(), hidden);
    let changes = table.take(10);
    assert_eq!((changes[0].seen, changes[0].news), (None, None));
    clock.set(Timestamp(2_000));
    table.went(&amy().id);
    assert_eq!(table.status(&amy().id).and_then(|status| status.last_seen), Some(Timestamp(10)));
    assert!(table.staff_at_work().is_empty() && table.staff().is_empty());
}

#[tokio::test]
async fn who_is_there_when_it_stops_was_seen_then() {
    let (table, clock) = table();
    table.came(&amy(), Standing::default());
    told(&table);
    table.drain();
    clock.set(Timestamp(2_000));
    table.finish();
    let changes = table.next(1).await.unwrap();
    assert_eq!((changes[0].seen, changes[0].news), (Some(Timestamp(2_000)), None));
    table.announced(&changes);
    assert_eq!(table.next(1).await, None);
}
