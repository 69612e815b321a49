//! Finds an agent for tickets that wait, and takes reopened ones from agents who are away, and all
//! that is open from agents who were erased.
//!
//! Owns whose turn it is, and when to look. What is done is decided and checked by the writer.

use std::{sync::Arc, time::Duration};

use tokio::time::{Instant, MissedTickBehavior, interval_at};

use crate::{
    chat::Chat,
    domain::{Assignment, Availability, TicketId, Timestamp, UserId},
    store::{
        WriteError,
        changes::{AutoAssign, AutoAssigned, ReturnToQueue},
    },
};

/// Tickets of one read.
const PAGE: usize = 100;

/// After a read or a write that failed.
const PAUSE: Duration = Duration::from_secs(1);

/// How often to look for tickets whose assignee is away, unless the setting is short.
const LOOK_AFTER: Duration = Duration::from_secs(1);

/// How long agents have after a start to come back before their tickets are taken from them.
const GRACE: Duration = Duration::from_secs(30);

/// Something that tries again later.
struct Later;

/// Assigns and takes back, until it is aborted.
pub(in crate::chat) async fn run(chat: Arc<Chat>) {
    let mut assigner = Assigner { chat: Arc::clone(&chat), last: None, looked_at: TicketId(0) };
    let after = chat.policy.return_after();
    let pace = after.map_or(LOOK_AFTER, |after| (after / 4).clamp(Duration::from_millis(10), LOOK_AFTER));
    let grace = after.map_or(GRACE, |after| after.min(GRACE));
    let mut looks = interval_at(Instant::now() + grace, pace);
    looks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    chat.assignment.notify_one();
    loop {
        let done = tokio::select! {
            () = chat.assignment.notified() => assigner.assign_all().await,
            _ = looks.tick(), if after.is_some() => assigner.take_back(after.unwrap_or_default()).await,
        };
        if done.is_err() {
            tokio::time::sleep(PAUSE).await;
            chat.assignment.notify_one();
        }
    }
}

struct Assigner {
    chat: Arc<Chat>,
    /// Who was given a ticket last.
    last: Option<UserId>,
    /// How far tickets were looked at whose assignee may be away.
    looked_at: TicketId,
}

impl Assigner {
    /// Until nothing waits, or nobody has room.
    async fn assign_all(&mut self) -> Result<(), Later> {
        if self.chat.policy.assignment == Assignment::Manual {
            return Ok(());
        }
        loop {
            // Nobody is there: not worth a look. Whoever comes wakes this up.
            if self.chat.availability.staff_at_work().is_empty() {
                return Ok(());
            }
            let waiting = self.chat.store.waiting_tickets(PAGE).await.map_err(|error| {
                tracing::warn!(%error, "tickets that wait could not be read");
                Later
            })?;
            let mut any = false;
            for ticket_id in waiting {
                match self.assign(ticket_id).await? {
                    AutoAssigned::To(agent) => {
                        self.last = Some(agent);
                        any = true;
                    }
                    AutoAssigned::NoRoom => return Ok(()),
                    AutoAssigned::NotWaiting => {}
                }
            }
            if !any {
                return Ok(());
            }
        }
    }

    async fn assign(&self, ticket_id: TicketId) -> Result<AutoAssigned, Later> {
        let candidates = in_turn(self.chat.availability.staff_at_work(), self.last.as_ref());
        if candidates.is_empty() {
            return Ok(AutoAssigned::NoRoom);
        }
        let by_load = self.chat.policy.assignment == Assignment::LeastBusy;
        let assigned = self.chat.writer.write(None, AutoAssign { ticket_id, candidates, by_load }).await;
        assigned.map_err(later)
    }

    /// Takes a page of tickets from assignees who do not see to them and are offline for longer than `after`.
    async fn take_back(&mut self, after: Duration) -> Result<(), Later> {
        let away_since = self.chat.clock.now().before(after);
        let deserted = self.chat.store.deserted_tickets(away_since, self.looked_at, PAGE).await;
        let deserted = deserted.map_err(|error| {
            tracing::warn!(%error, "tickets of agents who are away could not be read");
            Later
        })?;
        let is_page = deserted.len() == PAGE;
        self.looked_at = deserted.last().filter(|_| is_page).map_or(TicketId(0), |(id, _)| *id);
        for (ticket_id, assignee) in deserted {
            if self.is_away(&assignee, away_since) {
                let change = ReturnToQueue { ticket_id, assignee, away_since };
                self.chat.writer.write(None, change).await.map_err(later)?;
            }
        }
        Ok(())
    }

    /// Whether nobody sees the user here since then; who is not in the table is in the database.
    fn is_away(&self, user: &UserId, since: Timestamp) -> bool {
        self.chat.availability.status(user).is_none_or(|seen| {
            seen.status == Availability::Offline && seen.last_seen.is_none_or(|at| at <= since)
        })
    }
}

fn later(error: WriteError) -> Later {
    tracing::warn!(%error, "a ticket could not be assigned");
    Later
}

/// The candidates, by id, from the one behind `last` on.
fn in_turn(mut candidates: Vec<UserId>, last: Option<&UserId>) -> Vec<UserId> {
    if let Some(last) = last {
        let next = candidates.partition_point(|id| id <= last);
        candidates.rotate_left(next);
    }
    candidates
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ids(names: &[&str]) -> Vec<UserId> {
        names.iter().map(|name| UserId::new(name).unwrap()).collect()
    }

    #[test]
    fn turns_go_round_whoever_is_there() {
        let turn = |last: &str| in_turn(ids(&["ada", "bob", "eve"]), ids(&[last]).first());
        assert_eq!(turn("ada"), ids(&["bob", "eve", "ada"]));
        assert_eq!(turn("eve"), ids(&["ada", "bob", "eve"]));
        assert_eq!(turn("cid"), ids(&["eve", "ada", "bob"]), "who left meanwhile keeps the turn's place");
        assert_eq!(in_turn(ids(&["ada", "bob"]), None), ids(&["ada", "bob"]));
        assert_eq!(in_turn(Vec::new(), ids(&["ada"]).first()), ids(&[]));
    }
}
