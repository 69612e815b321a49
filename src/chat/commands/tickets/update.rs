//! `update_ticket`.
//!
//! Owns what its fields may be; who may set which, and what comes of it, is decided where it is written.

use crate::{
    chat::{
        Started,
        commands::{Execute, messages::if_position, pipeline::Call},
    },
    domain::Bounds,
    guard::{PlainText, TextError},
    protocol::{
        WireError,
        objects::{ChangesObject, TicketObject},
        tickets::{TicketUpdated, UpdateTicket},
    },
    store::changes,
};

impl Execute for UpdateTicket {
    async fn execute(self, call: Call<'_>) -> Result<Started, WireError> {
        let allowed = call.in_ticket(self.ticket_id).await?;
        let update = validated(&allowed.chat.bounds, self)?;
        let visible = allowed.viewer().visible();
        Ok(allowed
            .commit(update, move |(ticket, changes), echo| {
                let reply = TicketUpdated {
                    ticket: TicketObject::new(&ticket, visible),
                    changes: ChangesObject::new(&changes, visible),
                };
                echo.reply_in(ticket.id, &reply)
            })
            .await)
    }
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
