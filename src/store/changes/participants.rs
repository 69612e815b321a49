//! Adding people to a ticket, and removing them.

use diesel::{ExpressionMethods, OptionalExtension, QueryDsl, QueryResult, RunQueryDsl, SelectableHelper};

use super::{Change, ChangeError, Held, Notice, Subject, Tx};
use crate::{
    domain::{Action, LogEvent, NotificationKind, Rule, Stream, TicketId, User, UserId},
    store::{
        db::{
            rows::UserRow,
            schema::{participants, users},
        },
        error::WriteError,
        read,
    },
};

const FIELD: &str = "userId";

/// Adds someone to a ticket; who is in already stays in.
#[derive(Debug)]
pub struct AddParticipant {
    /// The ticket.
    pub ticket_id: TicketId,
    /// Whom to add.
    pub user_id: UserId,
}

impl Change for AddParticipant {
    /// Who is in.
    type Done = User;

    fn subject(&self) -> Subject {
        Subject::Ticket(self.ticket_id)
    }

    fn apply(&self, tx: &mut Tx<'_>) -> Result<User, ChangeError> {
        let Self { ticket_id: id, user_id } = self;
        let mut held = Held::take(tx, *id)?;
        check(tx, &held, Action::AddParticipant)?;
        let (user, is_erased) = find(tx, user_id)?.ok_or_else(no_such_user)?;
        if held.requester == user_id.as_str() || read::access::participates(tx.connection, *id, user_id)? {
            return Ok(user);
        }
        if is_erased {
            return Err(no_such_user());
        }
        check_room(tx, *id)?;
        diesel::insert_into(participants::table)
            .values((
                participants::ticket_id.eq(id.0),
                participants::user_id.eq(user_id.as_str()),
                participants::joined_at.eq(tx.now.0),
            ))
            .execute(tx.connection)?;
        held.append(tx, Stream::Public, LogEvent::ParticipantAdded(user.clone()))?;
        let kind = NotificationKind::ParticipantAdded;
        Notice { kind, ticket: *id, actor: tx.actor }.give(tx, user_id)?;
        Ok(user)
    }
}

fn check_room(tx: &mut Tx<'_>, id: TicketId) -> Result<(), ChangeError> {
    let count: i64 =
        participants::table.filter(participants::ticket_id.eq(id.0)).count().get_result(tx.connection)?;
    let max = tx.bounds.participants;
    if usize::try_from(count).is_ok_and(|count| count >= max) {
        let sentence = format!("A ticket has at most {max} participants.");
        return Err(WriteError::Invalid { field: FIELD, sentence }.into());
    }
    Ok(())
}

/// Removes someone from a ticket, who may be the actor; who is not in stays out.
#[derive(Debug)]
pub struct RemoveParticipant {
    /// The ticket.
    pub ticket_id: TicketId,
    /// Whom to remove.
    pub user_id: UserId,
}

impl Change for RemoveParticipant {
    /// Who is out.
    type Done = User;

    fn subject(&self) -> Subject {
        Subject::Ticket(self.ticket_id)
    }

    fn apply(&self, tx: &mut Tx<'_>) -> Result<User, ChangeError> {
        let Self { ticket_id: id, user_id } = self;
        let mut held = Held::take(tx, *id)?;
        let leaves = tx.actor.is_some_and(|actor| actor.id == *user_id);
        check(tx, &held, if leaves { Action::Leave } else { Action::RemoveParticipant })?;
        let (user, _) = find(tx, user_id)?.ok_or_else(no_such_user)?;
        if held.requester == user_id.as_str() {
            let sentence = "The requester of a ticket cannot be removed from it.".to_owned();
            return Err(WriteError::Invalid { field: FIELD, sentence }.into());
        }
        let removed =
            diesel::delete(participants::table.find((id.0, user_id.as_str()))).execute(tx.connection)?;
        if removed == 0 {
            return Ok(user);
        }
        held.append(tx, Stream::Public, LogEvent::ParticipantRemoved(user.clone()))?;
        let kind = NotificationKind::ParticipantRemoved;
        Notice { kind, ticket: *id, actor: tx.actor }.give(tx, user_id)?;
        Ok(user)
    }
}

fn check(tx: &Tx<'_>, held: &Held, action: Action) -> Result<(), ChangeError> {
    match held.rule(tx, action) {
        Rule::Allowed => Ok(()),
        Rule::IfInviting if tx.policy.customers_may_invite => Ok(()),
        _ => Err(WriteError::Forbidden("You may not change who takes part in this ticket.").into()),
    }
}

/// The user, and whether they were erased.
fn find(tx: &mut Tx<'_>, id: &UserId) -> QueryResult<Option<(User, bool)>> {
    let row: Option<(UserRow, Option<i64>)> = users::table
        .find(id.as_str())
        .select((UserRow::as_select(), users::erased_at))
        .get_result(tx.connection)
        .optional()?;
    row.map(|(user, erased_at)| Ok((user.into_user()?, erased_at.is_some()))).transpose()
}

fn no_such_user() -> ChangeError {
    WriteError::Missing { field: FIELD, sentence: "There is no such user." }.into()
}
