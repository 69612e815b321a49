//! How a transcript words what happened, for people.
//!
//! Owns sentences, times and sizes; does not know where they are shown.

use crate::domain::{Changes, LogEntry, LogEvent, Timestamp, User, UserId};

/// A line about what happened besides messages; `None` for what shows at its message.
pub(super) fn line(entry: &LogEntry) -> Option<String> {
    match &entry.event {
        LogEvent::MessageSent(_)
        | LogEvent::MessageEdited(_)
        | LogEvent::MessageDeleted(_)
        | LogEvent::ReactionAdded(_)
        | LogEvent::ReactionRemoved(_) => None,
        LogEvent::TicketUpdated { actor, changes } => {
            let who = actor.as_ref().map_or("The server", |actor| actor.name.as_str());
            Some(format!("{who} changed {}", changed(changes)))
        }
        LogEvent::ParticipantAdded(user) => Some(format!("{} was added", user.name)),
        LogEvent::ParticipantRemoved(user) => Some(format!("{} was removed", user.name)),
        LogEvent::TicketRated { score } => Some(format!("rated {score} of 5")),
    }
}

fn changed(changes: &Changes) -> String {
    let Changes { subject, status, assignee_id, priority, labels, snoozed_until, muted: _ } = changes;
    let mut parts = Vec::new();
    if let Some(it) = subject {
        parts.push(format!("the subject to “{}”", it.to));
    }
    if let Some(it) = status {
        parts.push(format!("the status to {}", it.to.as_str()));
    }
    if let Some(it) = assignee_id {
        parts.push(format!("the assignee to {}", it.to.as_ref().map_or("nobody", UserId::as_str)));
    }
    if let Some(it) = priority {
        parts.push(format!("the priority to {}", it.to.as_str()));
    }
    if let Some(it) = labels {
        let labels = it.to.join(", ");
        parts.push(format!("the labels to {}", if labels.is_empty() { "none" } else { &labels }));
    }
    if let Some(it) = snoozed_until {
        parts.push(match it.to {
            Some(until) => format!("the snooze to {}", time(until)),
            None => "the snooze to none".to_owned(),
        });
    }
    parts.join(", ")
}

/// To the second, UTC.
pub(super) fn time(at: Timestamp) -> String {
    humantime::format_rfc3339_seconds(at.to_system_time()).to_string()
}

/// `Ada (agent)`.
pub(super) fn named(user: &User) -> String {
    format!("{} ({})", user.name, user.role)
}

/// As people read sizes.
pub(super) fn size(bytes: i64) -> String {
    const UNITS: [&str; 4] = ["KiB", "MiB", "GiB", "TiB"];
    if bytes < 1_024 {
        return format!("{bytes} bytes");
    }
    let mut value = bytes as f64 / 1_024.0;
    let mut unit = UNITS[0];
    for next in &UNITS[1..] {
        if value < 1_024.0 {
            break;
        }
        value /= 1_024.0;
        unit = next;
    }
    format!("{value:.1} {unit}")
}
