//! Adding people to a ticket, and removing them.

use diesel::{ExpressionMethods, OptionalExtension, QueryDsl, QueryResult, RunQueryDsl, SelectableHelper};

use super::{Changed, Context, Held, Notice, Trouble};
use crate::{
    domain::{Action, Happening, LogEntry, NotificationKind, Rule, Stream, TicketId, User, UserId},
    store::{
        db::{
            rows::UserRow,
            schema::{participants, users},
        },
        error::WriteError,
        read,
        write::{Done, Effects, Outcome},
    },
};

const FIELD: &str = "userId";

/// Adds someone; who is in already stays in.
pub(super) fn add(
    context: &mut Context<'_>,
    actor: Option<&User>,
    id: TicketId,
    user_id: &UserId,
) -> Changed {
    let mut held = Held::take(context, actor, id)?;
    check(context, &held, actor, Action::AddParticipant)?;
    let (user, is_erased) = find(context, user_id)?.ok_or_else(no_such_user)?;
    let outcome = Outcome::ParticipantAdded { ticket_id: id, user: user.clone() };
    if held.requester == user_id.as_str() || read::access::participates(context.connection, id, user_id)? {
        return Ok(outcome.into());
    }
    if is_erased {
        return Err(no_such_user());
    }
    let count: i64 = participants::table
        .filter(participants::ticket_id.eq(id.0))
        .count()
        .get_result(context.connection)?;
    let max = context.bounds.participants;
    if usize::try_from(count).is_ok_and(|count| count >= max) {
        let sentence = format!("A ticket has at most {max} participants.");
        return Err(WriteError::Invalid { field: FIELD, sentence }.into());
    }
    diesel::insert_into(participants::table)
        .values((
            participants::ticket_id.eq(id.0),
            participants::user_id.eq(user_id.as_str()),
            participants::joined_at.eq(context.now.0),
        ))
        .execute(context.connection)?;
    let entry = held.append(context, actor, Stream::Public, Happening::ParticipantAdded(user))?;
    done(context, actor, NotificationKind::ParticipantAdded, user_id, entry, outcome)
}

/// Removes someone, who may be the actor; who is not in stays out.
pub(super) fn remove(
    context: &mut Context<'_>,
    actor: Option<&User>,
    id: TicketId,
    user_id: &UserId,
) -> Changed {
    let mut held = Held::take(context, actor, id)?;
    let leaves = actor.is_some_and(|actor| actor.id == *user_id);
    check(context, &held, actor, if leaves { Action::Leave } else { Action::RemoveParticipant })?;
    let (user, _) = find(context, user_id)?.ok_or_else(no_such_user)?;
    if held.requester == user_id.as_str() {
        let sentence = "The requester of a ticket cannot be removed from it.".to_owned();
        return Err(WriteError::Invalid { field: FIELD, sentence }.into());
    }
    let outcome = Outcome::ParticipantRemoved { ticket_id: id, user: user.clone() };
    let removed =
        diesel::delete(participants::table.find((id.0, user_id.as_str()))).execute(context.connection)?;
    if removed == 0 {
        return Ok(outcome.into());
    }
    let entry = held.append(context, actor, Stream::Public, Happening::ParticipantRemoved(user))?;
    done(context, actor, NotificationKind::ParticipantRemoved, user_id, entry, outcome)
}

fn done(
    context: &mut Context<'_>,
    actor: Option<&User>,
    kind: NotificationKind,
    user_id: &UserId,
    entry: LogEntry,
    outcome: Outcome,
) -> Changed {
    let notice = Notice { kind, ticket: entry.ticket_id, actor };
    let notifications = notice.give(context, user_id)?.into_iter().collect();
    Ok(Done { outcome, effects: Effects { entries: vec![entry], notifications, ..Effects::default() } })
}

fn check(context: &Context<'_>, held: &Held, actor: Option<&User>, action: Action) -> Result<(), Trouble> {
    match held.rule(actor, action) {
        Rule::Allowed => Ok(()),
        Rule::IfInviting if context.policy.customers_may_invite => Ok(()),
        _ => Err(WriteError::Forbidden("You may not change who takes part in this ticket.").into()),
    }
}

/// The user, and whether they were erased.
fn find(context: &mut Context<'_>, id: &UserId) -> QueryResult<Option<(User, bool)>> {
    let row: Option<(UserRow, Option<i64>)> = users::table
        .find(id.as_str())
        .select((UserRow::as_select(), users::erased_at))
        .get_result(context.connection)
        .optional()?;
    row.map(|(user, erased_at)| Ok((user.into_user()?, erased_at.is_some()))).transpose()
}

fn no_such_user() -> Trouble {
    WriteError::Missing { field: FIELD, sentence: "There is no such user." }.into()
}
