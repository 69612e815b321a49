//! `update_ticket` and `rate_ticket`.
//!
//! Owns what their fields may be; who may set which, and what comes of it, is decided where it is written.

use std::sync::Arc;

use crate::{
    chat::{
        Chat, Started,
        commands::{messages::if_position, pipeline},
        connections::connection::Caller,
        errors,
    },
    domain::Bounds,
    guard::{PlainText, TextError, limits::Admitted},
    protocol::{
        WireError,
        objects::{ChangesObject, TicketObject},
        ratings::{RateTicket, TicketRated},
        tickets::{TicketUpdated, UpdateTicket},
    },
    store::changes,
};

/// Changes fields of a ticket.
pub(in crate::chat) async fn update(
    chat: &Arc<Chat>,
    caller: &Caller,
    admitted: Admitted,
    wanted: UpdateTicket,
) -> Result<Started, WireError> {
    let allowed = pipeline::access(chat, caller, admitted, wanted.ticket_id).await?;
    let update = validated(&chat.bounds, wanted)?;
    let visible = allowed.viewer.visible();
    Ok(pipeline::change(chat, caller, allowed, update, move |(ticket, changes)| {
        let reply = errors::reply(&TicketUpdated {
            ticket: TicketObject::new(&ticket, visible),
            changes: ChangesObject::new(&changes, visible),
        });
        (reply, Some(ticket.id))
    })
    .await)
}

fn validated(bounds: &Bounds, wanted: UpdateTicket) -> Result<changes::UpdateTicket, WireError> {
    let update = changes::UpdateTicket {
        ticket_id: wanted.ticket_id,
        subject: wanted.subject.map(|subject| self::subject(bounds, &subject)).transpose()?,
        status: wanted.status,
        priority: wanted.priority,
        assignee_id: wanted.assignee_id,
        labels: wanted.labels.map(|labels| self::labels(bounds, &labels)).transpose()?,
        snoozed_until: wanted.snoozed_until.map(|until| until.map(|time| time.0)),
        muted: wanted.muted,
        if_position: wanted.if_position.map(if_position),
    };
    if update.is_empty() {
        let sentence = "Name at least one field of the ticket to change.";
        return Err(WireError::new(crate::protocol::ErrorCode::InvalidPayload, sentence));
    }
    Ok(update)
}

/// What a ticket is about.
pub(in crate::chat) fn subject(bounds: &Bounds, subject: &str) -> Result<PlainText, WireError> {
    PlainText::new(subject, bounds.subject_chars).map_err(|error| {
        let sentence = match error {
            TextError::Empty => "A ticket needs a subject.".to_owned(),
            TextError::TooLong { max } => format!("A subject has at most {max} characters."),
        };
        WireError::invalid("subject", sentence)
    })
}

/// Each once, by name.
fn labels(bounds: &Bounds, labels: &[String]) -> Result<Vec<PlainText>, WireError> {
    let label = |label: &String| {
        PlainText::new(label, bounds.label_chars).map_err(|error| {
            let sentence = match error {
                TextError::Empty => "A label is not empty.".to_owned(),
                TextError::TooLong { max } => format!("A label has at most {max} characters."),
            };
            WireError::invalid("labels", sentence)
        })
    };
    let mut labels: Vec<PlainText> = labels.iter().map(label).collect::<Result<_, _>>()?;
    labels.sort_unstable_by(|one, other| one.as_str().cmp(other.as_str()));
    labels.dedup();
    if labels.len() > bounds.labels {
        return Err(WireError::invalid("labels", format!("A ticket has at most {} labels.", bounds.labels)));
    }
    Ok(labels)
}

/// Rates a ticket.
pub(in crate::chat) async fn rate(
    chat: &Arc<Chat>,
    caller: &Caller,
    admitted: Admitted,
    rating: RateTicket,
) -> Result<Started, WireError> {
    let ticket_id = rating.ticket_id;
    let allowed = pipeline::access(chat, caller, admitted, ticket_id).await?;
    let score = i16::try_from(rating.score)
        .ok()
        .filter(|score| (1..=5).contains(score))
        .ok_or_else(|| WireError::invalid("score", "A score is 1, 2, 3, 4 or 5.".to_owned()))?;
    let comment = comment(&chat.bounds, rating.comment.as_deref())?;
    let change = changes::RateTicket { ticket_id, score, comment };
    Ok(pipeline::change(chat, caller, allowed, change, move |()| {
        (errors::reply(&TicketRated { ticket_id, score }), Some(ticket_id))
    })
    .await)
}

/// One in which nothing is to be seen is none.
fn comment(bounds: &Bounds, comment: Option<&str>) -> Result<Option<PlainText>, WireError> {
    match comment.map(|comment| PlainText::new(comment, bounds.comment_chars)) {
        None | Some(Err(TextError::Empty)) => Ok(None),
        Some(Ok(comment)) => Ok(Some(comment)),
        Some(Err(TextError::TooLong { max })) => {
            Err(WireError::invalid("comment", format!("A comment has at most {max} characters.")))
        }
    }
}
