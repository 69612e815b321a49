//! Tickets that find an agent by themselves, and that return from one who is away.
//!
//! Owns who has room. Who is there is decided by whoever names the candidates.

use std::collections::HashMap;

use diesel::{
    ExpressionMethods, QueryDsl, QueryResult, RunQueryDsl,
    dsl::{count_star, sql},
    sql_types::Bool,
};

use super::{Changed, Context, Held, Notice};
use crate::{
    domain::{
        Changes, FromTo, Happening, LogEntry, NotificationKind, Role, Stream, TicketId, TicketStatus,
        Timestamp, UserId,
    },
    store::{
        db::{
            rows::user_id,
            schema::{tickets, users},
        },
        write::{AutoAssigned, Done, Effects, Outcome},
    },
};

/// Gives a ticket that waits to the first candidate who has room, or to the one with the least to do.
pub(super) fn auto_assign(
    context: &mut Context<'_>,
    id: TicketId,
    candidates: &[UserId],
    by_load: bool,
) -> Changed {
    let mut held = Held::take(context, None, id)?;
    if held.assignee.is_some() || held.status != TicketStatus::Open {
        return Ok(Outcome::AutoAssigned(AutoAssigned::NotWaiting).into());
    }
    let Some(agent) = choose(context, candidates, by_load)? else {
        return Ok(Outcome::AutoAssigned(AutoAssigned::NoRoom).into());
    };
    let entry = assign(context, &mut held, Some(&agent))?;
    let notice = Notice { kind: NotificationKind::Assigned, ticket: id, actor: None };
    let notifications = notice.give(context, &agent)?.into_iter().collect();
    let effects = Effects { entries: vec![entry], notifications, ..Effects::default() };
    Ok(Done { outcome: Outcome::AutoAssigned(AutoAssigned::To(agent)), effects })
}

/// The candidate to take, of those who may still come in and have room; the first of equals.
fn choose(context: &mut Context<'_>, candidates: &[UserId], by_load: bool) -> QueryResult<Option<UserId>> {
    let mut loads = loads(context, candidates)?;
    let mut with_room = candidates.iter().filter_map(|id| {
        let load = loads.remove(id.as_str())?;
        (load < i64::from(context.policy.agent_capacity)).then_some((load, id))
    });
    let chosen = if by_load { with_room.min_by_key(|(load, _)| *load) } else { with_room.next() };
    Ok(chosen.map(|(_, id)| id.clone()))
}

/// How much each candidate has to do; who is disabled, or no agent any more, is not among them.
fn loads(context: &mut Context<'_>, candidates: &[UserId]) -> QueryResult<HashMap<String, i64>> {
    let mut loads = HashMap::with_capacity(candidates.len());
    for ids in candidates.chunks(1_000) {
        let ids: Vec<&str> = ids.iter().map(UserId::as_str).collect();
        let welcome: Vec<String> = users::table
            .filter(users::id.eq_any(ids.iter().copied()))
            .filter(users::disabled.eq(false))
            .filter(users::role.ne(Role::Customer.as_str()))
            .select(users::id)
            .load(context.connection)?;
        loads.extend(welcome.into_iter().map(|id| (id, 0)));
        let counts: Vec<(Option<String>, i64)> = tickets::table
            .filter(tickets::assignee_id.eq_any(ids))
            // Spelled out, so that both databases find the index of what is not done.
            .filter(sql::<Bool>("tickets.status <> 'closed' AND tickets.status <> 'snoozed'"))
            .group_by(tickets::assignee_id)
            .select((tickets::assignee_id, count_star()))
            .load(context.connection)?;
        for (assignee, count) in counts {
            if let Some(load) = assignee.and_then(|id| loads.get_mut(&id)) {
                *load = count;
            }
        }
    }
    Ok(loads)
}

/// Takes a ticket from its assignee, if they still have it and do not see to it.
pub(super) fn return_to_queue(
    context: &mut Context<'_>,
    id: TicketId,
    assignee: &UserId,
    away_since: Timestamp,
) -> Changed {
    let mut held = Held::take(context, None, id)?;
    let is_theirs = held.assignee.as_deref() == Some(assignee.as_str());
    if !is_theirs || held.status != TicketStatus::Open || !is_deserted(context, &held, assignee, away_since)?
    {
        return Ok(Outcome::Returned(false).into());
    }
    let entry = assign(context, &mut held, None)?;
    let effects = Effects { entries: vec![entry], ..Effects::default() };
    Ok(Done { outcome: Outcome::Returned(true), effects })
}

/// Whether the ticket was reopened and its assignee not seen since, or the assignee erased.
fn is_deserted(
    context: &mut Context<'_>,
    held: &Held,
    assignee: &UserId,
    away_since: Timestamp,
) -> QueryResult<bool> {
    let reopened_at: Option<i64> =
        tickets::table.find(held.id.0).select(tickets::reopened_at).get_result(context.connection)?;
    let (last_seen, erased_at): (Option<i64>, Option<i64>) = users::table
        .find(assignee.as_str())
        .select((users::last_seen_at, users::erased_at))
        .get_result(context.connection)?;
    let seen_since = last_seen.is_some_and(|at| at > away_since.0);
    Ok(erased_at.is_some() || (reopened_at.is_some() && !seen_since))
}

/// Gives the ticket to someone, or to nobody, by the server itself. Nobody has to come back to it then.
fn assign(context: &mut Context<'_>, held: &mut Held, to: Option<&UserId>) -> QueryResult<LogEntry> {
    let from = held.assignee.as_deref().map(user_id).transpose()?;
    held.assignee = to.map(|id| id.as_str().to_owned());
    diesel::update(tickets::table.find(held.id.0))
        .set((tickets::assignee_id.eq(held.assignee.as_deref()), tickets::reopened_at.eq(None::<i64>)))
        .execute(context.connection)?;
    let changes = Changes { assignee_id: Some(FromTo { from, to: to.cloned() }), ..Changes::default() };
    held.append(context, None, Stream::Public, Happening::Updated { actor: None, changes })
}
