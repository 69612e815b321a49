//! Changing a ticket: its fields, and waking it up.
//!
//! Owns what each field may become, and what a change of one brings with it. What is wanted is settled
//! whole before anything of it is written.

use diesel::{AsChangeset, ExpressionMethods, OptionalExtension, QueryDsl, QueryResult, RunQueryDsl};
use strum::VariantArray;

use super::{Changed, Context, Held, Notice, Trouble};
use crate::{
    domain::{
        Action, Changes, FromTo, Happening, Notification, NotificationKind, Role, Rule, Stream, Ticket,
        TicketId, TicketStatus, User, UserId, snooze,
    },
    store::{
        db::{
            rows::damaged,
            schema::{mutes, ticket_labels, tickets, users},
        },
        error::WriteError,
        read,
        search::index,
        update::TicketUpdate,
        write::{Done, Effects, Outcome},
    },
};

/// Changes what is to be another than it is.
pub(super) fn update(context: &mut Context<'_>, actor: Option<&User>, update: &TicketUpdate) -> Changed {
    let mut held = Held::take(context, actor, update.ticket_id)?;
    check_rights(&held, actor, update)?;
    let before = ticket(context, held.id)?;
    let mut changes = settled(context, &before, update)?;
    if !changes.is_empty() {
        // What is so already may be asked for again: the first answer may have been lost.
        held.check_position(actor, update.if_position)?;
    }
    changes.muted = set_muted(context, &held, actor, update.muted)?;
    let effects = carry_out(context, &mut held, actor, &before, &changes)?;
    let after = if effects.entries.is_empty() { before } else { ticket(context, held.id)? };
    Ok(Done { outcome: Outcome::TicketUpdated { ticket: Box::new(after), changes }, effects })
}

/// Wakes a ticket up whose time has come; any other stays as it is.
pub(super) fn wake(context: &mut Context<'_>, actor: Option<&User>, id: TicketId) -> Changed {
    let mut held = Held::take(context, actor, id)?;
    let is_due = held.snoozed_until.is_some_and(|until| until <= context.now);
    if held.status != TicketStatus::Snoozed || !is_due {
        return Ok(Outcome::Woken.into());
    }
    let before = ticket(context, id)?;
    let changes = Changes {
        status: changed(TicketStatus::Snoozed, TicketStatus::Open),
        snoozed_until: changed(held.snoozed_until, None),
        ..Changes::default()
    };
    let effects = carry_out(context, &mut held, actor, &before, &changes)?;
    Ok(Done { outcome: Outcome::Woken, effects })
}

/// Each field by itself; one that is forbidden is enough.
fn check_rights(held: &Held, actor: Option<&User>, update: &TicketUpdate) -> Result<(), Trouble> {
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
        if held.rule(actor, action) != Rule::Allowed {
            let sentence = "You may not change this.";
            return Err(WriteError::ForbiddenField { field, sentence }.into());
        }
    }
    Ok(())
}

/// What of the update would change something.
fn settled(context: &mut Context<'_>, is: &Ticket, update: &TicketUpdate) -> Result<Changes, Trouble> {
    let rest = (is.status, is.snoozed_until);
    let (status, until) = snooze::settle(rest, update.status, update.snoozed_until, context.now)
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
        check_assignee(context, id)?;
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
fn check_assignee(context: &mut Context<'_>, id: &UserId) -> Result<(), Trouble> {
    let known: Option<(String, bool, Option<i64>)> = users::table
        .find(id.as_str())
        .select((users::role, users::disabled, users::erased_at))
        .get_result(context.connection)
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
fn set_muted(
    context: &mut Context<'_>,
    held: &Held,
    actor: Option<&User>,
    wanted: Option<bool>,
) -> QueryResult<Option<FromTo<bool>>> {
    let (Some(wanted), Some(actor)) = (wanted, actor) else { return Ok(None) };
    let key = (held.id.0, actor.id.as_str());
    let row: Option<i64> =
        mutes::table.find(key).select(mutes::ticket_id).get_result(context.connection).optional()?;
    let change = changed(row.is_some(), wanted);
    match &change {
        Some(FromTo { to: true, .. }) => diesel::insert_into(mutes::table)
            .values((mutes::ticket_id.eq(key.0), mutes::user_id.eq(key.1)))
            .execute(context.connection)?,
        Some(_) => diesel::delete(mutes::table.find(key)).execute(context.connection)?,
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
fn carry_out(
    context: &mut Context<'_>,
    held: &mut Held,
    actor: Option<&User>,
    before: &Ticket,
    changes: &Changes,
) -> QueryResult<Effects> {
    let columns = Columns::new(changes, context.now.0);
    if !columns.is_empty() {
        diesel::update(tickets::table.find(held.id.0)).set(columns).execute(context.connection)?;
    }
    if let Some(FromTo { to: subject, .. }) = &changes.subject {
        index::index_subject(context.connection, held.id, subject)?;
    }
    if let Some(FromTo { to: labels, .. }) = &changes.labels {
        set_labels(context, held.id, labels)?;
    }
    let mut effects = Effects::default();
    for &stream in Stream::VARIANTS {
        let changes = changes.of(stream);
        if !changes.is_empty() {
            let what = Happening::Updated { actor: actor.cloned(), changes };
            effects.entries.push(held.append(context, actor, stream, what)?);
        }
    }
    effects.notifications = notify(context, actor, before, changes)?;
    Ok(effects)
}

fn set_labels(context: &mut Context<'_>, id: TicketId, labels: &[String]) -> QueryResult<()> {
    diesel::delete(ticket_labels::table.filter(ticket_labels::ticket_id.eq(id.0)))
        .execute(context.connection)?;
    for label in labels {
        diesel::insert_into(ticket_labels::table)
            .values((ticket_labels::ticket_id.eq(id.0), ticket_labels::label.eq(label)))
            .execute(context.connection)?;
    }
    Ok(())
}

/// Tells a new assignee, and everyone of a ticket that was closed.
fn notify(
    context: &mut Context<'_>,
    actor: Option<&User>,
    before: &Ticket,
    changes: &Changes,
) -> QueryResult<Vec<Notification>> {
    let notice = |kind| Notice { kind, ticket: before.id, actor };
    let mut given = Vec::new();
    if let Some(FromTo { to: Some(id), .. }) = &changes.assignee_id {
        given.extend(notice(NotificationKind::Assigned).give(context, id)?);
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
            given.extend(notice(NotificationKind::TicketClosed).give(context, id)?);
        }
    }
    Ok(given)
}

fn ticket(context: &mut Context<'_>, id: TicketId) -> QueryResult<Ticket> {
    read::tickets::any_ticket(context.connection, id)?.ok_or_else(|| damaged("ticket without a row"))
}
