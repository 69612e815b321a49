//! Tickets that find an agent by themselves, and that return from one who is away.
//!
//! Owns who has room. Who is there is decided by whoever names the candidates.

use std::collections::HashMap;

use diesel::{
    ExpressionMethods, QueryDsl, QueryResult, RunQueryDsl,
    dsl::{count_star, sql},
    sql_types::Bool,
};

use super::{Change, ChangeError, Held, Notice, Subject, Tx};
use crate::{
    domain::{
        Changes, FromTo, LogEvent, NotificationKind, Role, Stream, TicketId, TicketStatus, Timestamp, UserId,
    },
    store::db::{
        rows::user_id,
        schema::{tickets, users},
    },
};

/// Gives a ticket that waits to the first candidate who has room, or to the one with the least to do.
#[derive(Debug)]
pub struct AutoAssign {
    /// The ticket.
    pub ticket_id: TicketId,
    /// To whom it may be given, first choice first.
    pub candidates: Vec<UserId>,
    /// To the one with the least to do rather than to the first who has room.
    pub by_load: bool,
}

/// What became of a ticket that waited for someone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AutoAssigned {
    /// It is theirs.
    To(UserId),
    /// None of the candidates has room.
    NoRoom,
    /// It does not wait any more.
    NotWaiting,
}

impl Change for AutoAssign {
    type Done = AutoAssigned;

    fn subject(&self) -> Subject {
        Subject::Ticket(self.ticket_id)
    }

    fn apply(&self, tx: &mut Tx<'_>) -> Result<AutoAssigned, ChangeError> {
        let mut held = Held::take(tx, self.ticket_id)?;
        if held.assignee.is_some() || held.status != TicketStatus::Open {
            return Ok(AutoAssigned::NotWaiting);
        }
        let Some(agent) = choose(tx, &self.candidates, self.by_load)? else {
            return Ok(AutoAssigned::NoRoom);
        };
        assign(tx, &mut held, Some(&agent))?;
        let notice = Notice { kind: NotificationKind::Assigned, ticket: self.ticket_id, actor: None };
        notice.give(tx, &agent)?;
        Ok(AutoAssigned::To(agent))
    }
}

/// The candidate to take, of those who may still come in and have room; the first of equals.
fn choose(tx: &mut Tx<'_>, candidates: &[UserId], by_load: bool) -> QueryResult<Option<UserId>> {
    let mut loads = loads(tx, candidates)?;
    let mut with_room = candidates.iter().filter_map(|id| {
        let load = loads.remove(id.as_str())?;
        (load < i64::from(tx.policy.agent_capacity)).then_some((load, id))
    });
    let chosen = if by_load { with_room.min_by_key(|(load, _)| *load) } else { with_room.next() };
    Ok(chosen.map(|(_, id)| id.clone()))
}

/// How much each candidate has to do; who is disabled, or no agent any more, is not among them.
fn loads(tx: &mut Tx<'_>, candidates: &[UserId]) -> QueryResult<HashMap<String, i64>> {
    let mut loads = HashMap::with_capacity(candidates.len());
    for ids in candidates.chunks(1_000) {
        let ids: Vec<&str> = ids.iter().map(UserId::as_str).collect();
        let welcome: Vec<String> = users::table
            .filter(users::id.eq_any(ids.iter().copied()))
            .filter(users::disabled.eq(false))
            .filter(users::role.ne(Role::Customer.as_str()))
            .select(users::id)
            .load(tx.connection)?;
        loads.extend(welcome.into_iter().map(|id| (id, 0)));
        let counts: Vec<(Option<String>, i64)> = tickets::table
            .filter(tickets::assignee_id.eq_any(ids))
            // Spelled out, so that both databases find the index of what is not done.
            .filter(sql::<Bool>("tickets.status <> 'closed' AND tickets.status <> 'snoozed'"))
            .group_by(tickets::assignee_id)
            .select((tickets::assignee_id, count_star()))
            .load(tx.connection)?;
        for (assignee, count) in counts {
            if let Some(load) = assignee.and_then(|id| loads.get_mut(&id)) {
                *load = count;
            }
        }
    }
    Ok(loads)
}

/// Takes a ticket from an assignee who does not see to it: a reopened one from who is away, any open one from
/// who was erased.
#[derive(Debug)]
pub struct ReturnToQueue {
    /// The ticket.
    pub ticket_id: TicketId,
    /// Whose it is.
    pub assignee: UserId,
    /// If they were not seen since.
    pub away_since: Timestamp,
}

impl Change for ReturnToQueue {
    /// Whether the ticket returned; if not, it was not to any more.
    type Done = bool;

    fn subject(&self) -> Subject {
        Subject::Ticket(self.ticket_id)
    }

    fn apply(&self, tx: &mut Tx<'_>) -> Result<bool, ChangeError> {
        let mut held = Held::take(tx, self.ticket_id)?;
        let is_theirs = held.assignee.as_deref() == Some(self.assignee.as_str());
        let returns = is_theirs
            && held.status == TicketStatus::Open
            && is_deserted(tx, &held, &self.assignee, self.away_since)?;
        if returns {
            assign(tx, &mut held, None)?;
        }
        Ok(returns)
    }
}

/// Whether the ticket was reopened and its assignee not seen since, or the assignee erased.
fn is_deserted(tx: &mut Tx<'_>, held: &Held, assignee: &UserId, away_since: Timestamp) -> QueryResult<bool> {
    let reopened_at: Option<i64> =
        tickets::table.find(held.id.0).select(tickets::reopened_at).get_result(tx.connection)?;
    let (last_seen, erased_at): (Option<i64>, Option<i64>) = users::table
        .find(assignee.as_str())
        .select((users::last_seen_at, users::erased_at))
        .get_result(tx.connection)?;
    let seen_since = last_seen.is_some_and(|at| at > away_since.0);
    Ok(erased_at.is_some() || (reopened_at.is_some() && !seen_since))
}

/// Gives the ticket to someone, or to nobody, by the server itself. Nobody has to come back to it then.
fn assign(tx: &mut Tx<'_>, held: &mut Held, to: Option<&UserId>) -> QueryResult<()> {
    let from = held.assignee.as_deref().map(user_id).transpose()?;
    held.assignee = to.map(|id| id.as_str().to_owned());
    diesel::update(tickets::table.find(held.id.0))
        .set((tickets::assignee_id.eq(held.assignee.as_deref()), tickets::reopened_at.eq(None::<i64>)))
        .execute(tx.connection)?;
    let changes = Changes { assignee_id: Some(FromTo { from, to: to.cloned() }), ..Changes::default() };
    held.append(tx, Stream::Public, LogEvent::TicketUpdated { actor: None, changes })
}
