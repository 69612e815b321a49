//! Changing a ticket: its fields, and waking it up.
//!
//! Owns what each field may become, and what a change of one brings with it. What is wanted is settled
//! whole before anything of it is written.

use diesel::{AsChangeset, ExpressionMethods, OptionalExtension, QueryDsl, QueryResult, RunQueryDsl};
use strum::VariantArray;

use super::{Change, ChangeError, Held, IfPosition, Notice, Subject, Tx};
use crate::{
    domain::{
        Action, Changes, FromTo, LogEvent, NotificationKind, Priority, Role, Rule, Stream, Ticket, TicketId,
        TicketStatus, Timestamp, UserId, snooze,
    },
    guard::PlainText,
    store::{
        db::{
            rows::damaged,
            schema::{mutes, ticket_labels, tickets, users},
        },
        error::WriteError,
        read,
        search::index,
    },
};

/// A ticket's new values; what is `None` stays. What is so already changes nothing.
#[derive(Debug)]
pub struct UpdateTicket {
    /// The ticket.
    pub ticket_id: TicketId,
    /// What it is about.
    pub subject: Option<PlainText>,
    /// Where it is in its life.
    pub status: Option<TicketStatus>,
    /// How urgent it is.
    pub priority: Option<Priority>,
    /// Who takes care of it; `Some(None)` returns it to the queue.
    pub assignee_id: Option<Option<UserId>>,
    /// All of its labels.
    pub labels: Option<Vec<PlainText>>,
    /// When it wakes up; `Some(None)` wakes it now.
    pub snoozed_until: Option<Option<Timestamp>>,
    /// Whether the actor alone does not want to hear of it.
    pub muted: Option<bool>,
    /// Refuse if the ticket has moved on.
    pub if_position: Option<IfPosition>,
}

impl UpdateTicket {
    /// One that changes nothing.
    pub fn of(ticket_id: TicketId) -> Self {
        Self {
            ticket_id,
            subject: None,
            status: None,
            priority: None,
            assignee_id: None,
            labels: None,
            snoozed_until: None,
            muted: None,
            if_position: None,
        }
    }

    /// Whether it names no field.
    pub fn is_empty(&self) -> bool {
        let Self { subject, status, priority, assignee_id, labels, snoozed_until, muted, .. } = self;
        subject.is_none()
            && status.is_none()
            && priority.is_none()
            && assignee_id.is_none()
            && labels.is_none()
            && snoozed_until.is_none()
            && muted.is_none()
    }
}

impl Change for UpdateTicket {
    /// The ticket as it is now, and what is another than before, of both streams.
    type Done = (Box<Ticket>, Changes);

    fn subject(&self) -> Subject {
        Subject::Ticket(self.ticket_id)
    }

    fn apply(&self, tx: &mut Tx<'_>) -> Result<(Box<Ticket>, Changes), ChangeError> {
        let mut held = Held::take(tx, self.ticket_id)?;
        check_rights(tx, &held, self)?;
        let before = ticket(tx, held.id)?;
        let mut changes = settled(tx, &before, self)?;
        if !changes.is_empty() {
            // What is so already may be asked for again: the first answer may have been lost.
            held.check_position(tx, self.if_position)?;
        }
        changes.muted = set_muted(tx, &held, self.muted)?;
        carry_out(tx, &mut held, &before, &changes)?;
        let after = if tx.effects.entries.is_empty() { before } else { ticket(tx, held.id)? };
        Ok((Box::new(after), changes))
    }
}

/// Wakes a snoozed ticket up, if its time has come; any other stays as it is.
#[derive(Debug)]
pub struct WakeTicket {
    /// The ticket.
    pub ticket_id: TicketId,
}

impl Change for WakeTicket {
    type Done = ();

    fn subject(&self) -> Subject {
        Subject::Ticket(self.ticket_id)
    }

    fn apply(&self, tx: &mut Tx<'_>) -> Result<(), ChangeError> {
        let mut held = Held::take(tx, self.ticket_id)?;
        let is_due = held.snoozed_until.is_some_and(|until| until <= tx.now);
        if held.status != TicketStatus::Snoozed || !is_due {
            return Ok(());
        }
        let before = ticket(tx, self.ticket_id)?;
        let changes = Changes {
            status: changed(TicketStatus::Snoozed, TicketStatus::Open),
            snoozed_until: changed(held.snoozed_until, None),
            ..Changes::default()
        };
        Ok(carry_out(tx, &mut held, &before, &changes)?)
    }
}

/// Each field by itself; one that is forbidden is enough.
fn check_rights(tx: &Tx<'_>, held: &Held, update: &UpdateTicket) -> Result<(), ChangeError> {
    let of_status = if update.status == Some(TicketStatus::Closed) { Action::Close } else { Action::Manage };
    let wanted = [
        ("subject", update.subject.is_some(), Action::ChangeSubject),
        ("status", update.status.is_some(), of_status),
        ("priority", update.priority.is_some(), Action::Manage),
        ("assigneeId", update.assignee_id.is_some(), Action::Manage),
        ("labels", update.labels.is_some(), Action::Manage),
        ("snoozedUntil", update.snoozed_until.is_some(), Action::Manage),
        ("muted", update.muted.is_some(), Action::Mute),
    ];
    for (field, _, action) in wanted.into_iter().filter(|(_, wanted, _)| *wanted) {
        if held.rule(tx, action) != Rule::Allowed {
            let sentence = "You may not change this.";
            return Err(WriteError::ForbiddenField { field, sentence }.into());
        }
    }
    Ok(())
}

/// What of the update would change something.
fn settled(tx: &mut Tx<'_>, is: &Ticket, update: &UpdateTicket) -> Result<Changes, ChangeError> {
    let rest = (is.status, is.snoozed_until);
    let (status, until) = snooze::settle(rest, update.status, update.snoozed_until, tx.now)
        .map_err(|error| WriteError::Invalid { field: "snoozedUntil", sentence: error.to_string() })?;
    let subject = update.subject.as_ref().map(|subject| subject.as_str().to_owned());
    let labels = update.labels.as_ref().map(|labels| {
        let mut labels: Vec<String> = labels.iter().map(|label| label.as_str().to_owned()).collect();
        labels.sort_unstable();
        labels.dedup();
        labels
    });
    let assignee = is.assignee.as_ref().map(|assignee| assignee.id.clone());
    let assignee_id = update.assignee_id.clone().and_then(|wanted| changed(assignee, wanted));
    if let Some(FromTo { to: Some(id), .. }) = &assignee_id {
        check_assignee(tx, id)?;
    }
    Ok(Changes {
        subject: subject.and_then(|wanted| changed(is.subject.clone(), wanted)),
        status: changed(is.status, status),
        assignee_id,
        priority: update.priority.and_then(|wanted| changed(is.priority, wanted)),
        labels: labels.and_then(|wanted| changed(is.labels.clone(), wanted)),
        snoozed_until: changed(is.snoozed_until, until),
        muted: None,
    })
}

fn changed<T: PartialEq>(from: T, to: T) -> Option<FromTo<T>> {
    (from != to).then_some(FromTo { from, to })
}

/// Only agents and admins take care of tickets, and only who can come in.
fn check_assignee(tx: &mut Tx<'_>, id: &UserId) -> Result<(), ChangeError> {
    let known: Option<(String, bool, Option<i64>)> = users::table
        .find(id.as_str())
        .select((users::role, users::disabled, users::erased_at))
        .get_result(tx.connection)
        .optional()?;
    let fits = known.is_some_and(|(role, disabled, erased_at)| {
        role.parse().is_ok_and(Role::is_staff) && !disabled && erased_at.is_none()
    });
    if fits {
        return Ok(());
    }
    let sentence = "There is no agent with this id.".to_owned();
    Err(WriteError::Invalid { field: "assigneeId", sentence }.into())
}

/// Mutes the ticket for the actor, or lets it be heard again. Comes behind every check, for it writes.
fn set_muted(tx: &mut Tx<'_>, held: &Held, wanted: Option<bool>) -> QueryResult<Option<FromTo<bool>>> {
    let (Some(wanted), Some(actor)) = (wanted, tx.actor) else { return Ok(None) };
    let key = (held.id.0, actor.id.as_str());
    let row: Option<i64> =
        mutes::table.find(key).select(mutes::ticket_id).get_result(tx.connection).optional()?;
    let change = changed(row.is_some(), wanted);
    match &change {
        Some(FromTo { to: true, .. }) => diesel::insert_into(mutes::table)
            .values((mutes::ticket_id.eq(key.0), mutes::user_id.eq(key.1)))
            .execute(tx.connection)?,
        Some(_) => diesel::delete(mutes::table.find(key)).execute(tx.connection)?,
        None => 0,
    };
    Ok(change)
}

/// The columns that change; the others are left alone.
#[derive(AsChangeset, Default)]
#[diesel(table_name = tickets)]
struct Columns<'a> {
    subject: Option<&'a str>,
    status: Option<&'a str>,
    priority: Option<&'a str>,
    assignee_id: Option<Option<&'a str>>,
    snoozed_until: Option<Option<i64>>,
    closed_at: Option<Option<i64>>,
    reopened_at: Option<Option<i64>>,
}

impl<'a> Columns<'a> {
    fn new(changes: &'a Changes, now: i64) -> Self {
        let closed = |status: TicketStatus| (status == TicketStatus::Closed).then_some(now);
        // Someone has seen to it that it was reopened.
        let attended = changes.assignee_id.is_some() || changes.status.is_some();
        Self {
            subject: changes.subject.as_ref().map(|it| it.to.as_str()),
            status: changes.status.as_ref().map(|it| it.to.as_str()),
            priority: changes.priority.as_ref().map(|it| it.to.as_str()),
            assignee_id: changes.assignee_id.as_ref().map(|it| it.to.as_ref().map(UserId::as_str)),
            snoozed_until: changes.snoozed_until.as_ref().map(|it| it.to.map(|until| until.0)),
            closed_at: changes.status.as_ref().map(|it| closed(it.to)),
            reopened_at: attended.then_some(None),
        }
    }

    fn is_empty(&self) -> bool {
        let Self { subject, status, priority, assignee_id, snoozed_until, .. } = self;
        subject.is_none()
            && status.is_none()
            && priority.is_none()
            && assignee_id.is_none()
            && snoozed_until.is_none()
    }
}

/// Writes the changes, the events that tell of them, and the notifications.
fn carry_out(tx: &mut Tx<'_>, held: &mut Held, before: &Ticket, changes: &Changes) -> QueryResult<()> {
    let columns = Columns::new(changes, tx.now.0);
    if !columns.is_empty() {
        diesel::update(tickets::table.find(held.id.0)).set(columns).execute(tx.connection)?;
    }
    if let Some(FromTo { to: subject, .. }) = &changes.subject {
        index::index_subject(tx.connection, held.id, subject)?;
    }
    if let Some(FromTo { to: labels, .. }) = &changes.labels {
        set_labels(tx, held.id, labels)?;
    }
    for &stream in Stream::VARIANTS {
        let changes = changes.of(stream);
        if !changes.is_empty() {
            let event = LogEvent::TicketUpdated { actor: tx.actor.cloned(), changes };
            held.append(tx, stream, event)?;
        }
    }
    notify(tx, before, changes)
}

fn set_labels(tx: &mut Tx<'_>, id: TicketId, labels: &[String]) -> QueryResult<()> {
    diesel::delete(ticket_labels::table.filter(ticket_labels::ticket_id.eq(id.0))).execute(tx.connection)?;
    for label in labels {
        diesel::insert_into(ticket_labels::table)
            .values((ticket_labels::ticket_id.eq(id.0), ticket_labels::label.eq(label)))
            .execute(tx.connection)?;
    }
    Ok(())
}

/// Tells a new assignee, and everyone of a ticket that was closed.
fn notify(tx: &mut Tx<'_>, before: &Ticket, changes: &Changes) -> QueryResult<()> {
    let actor = tx.actor;
    let notice = |kind| Notice { kind, ticket: before.id, actor };
    if let Some(FromTo { to: Some(id), .. }) = &changes.assignee_id {
        notice(NotificationKind::Assigned).give(tx, id)?;
    }
    if changes.status.as_ref().is_some_and(|it| it.to == TicketStatus::Closed) {
        let of_ticket = std::iter::once(&before.requester).chain(&before.participants);
        let mut them: Vec<&UserId> = of_ticket.map(|user| &user.id).collect();
        let assignee = match &changes.assignee_id {
            Some(change) => change.to.as_ref(),
            // One who is no agent any more does not see the ticket as its assignee.
            None => before.assignee.as_ref().filter(|it| it.role.is_staff()).map(|it| &it.id),
        };
        them.extend(assignee.filter(|id| !them.contains(id)));
        for id in them.clone() {
            notice(NotificationKind::TicketClosed).give(tx, id)?;
        }
    }
    Ok(())
}

fn ticket(tx: &mut Tx<'_>, id: TicketId) -> QueryResult<Ticket> {
    read::tickets::any_ticket(tx.connection, id)?.ok_or_else(|| damaged("ticket without a row"))
}
