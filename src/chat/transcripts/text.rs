//! A transcript as plain text, for reading and for printing.

use std::io::{self, Write};

use super::{
    sentences::{line, named, size, time},
    walk::{ExportError, Sink, Walk},
};
use crate::{
    domain::{LogEvent, Message, Stream},
    guard::text::visible_text::lines_of,
};

pub(super) async fn write(walk: &Walk<'_>, out: &mut impl Sink) -> Result<(), ExportError> {
    let ticket = &walk.ticket;
    writeln!(out, "Ticket {}: {}", ticket.id, ticket.subject)?;
    writeln!(out, "Status: {}", ticket.status.as_str())?;
    writeln!(out, "Requester: {}", named(&ticket.requester))?;
    if let Some(assignee) = &ticket.assignee {
        writeln!(out, "Assignee: {}", named(assignee))?;
    }
    for user in &ticket.participants {
        writeln!(out, "Participant: {}", named(user))?;
    }
    writeln!(out, "Opened: {}", time(ticket.created_at))?;
    if let Some(closed_at) = ticket.closed_at {
        writeln!(out, "Closed: {}", time(closed_at))?;
    }
    if let Some(rating) = &ticket.rating {
        let comment = rating.comment.as_deref().unwrap_or_default();
        writeln!(out, "Rating: {} of 5 {comment}", rating.score)?;
    }
    walk.each(out, |out, entry| match (&entry.event, line(entry)) {
        (LogEvent::MessageSent(message), _) => put(message, out),
        (_, Some(line)) => writeln!(out, "\n* {line}{}", note(entry.stream)),
        (_, None) => Ok(()),
    })
    .await
}

fn note(stream: Stream) -> &'static str {
    match stream {
        Stream::Public => "",
        Stream::Internal => " [internal]",
    }
}

fn put(message: &Message, out: &mut impl Write) -> io::Result<()> {
    let edited = if message.edited_at.is_some() && message.deleted_at.is_none() { " [edited]" } else { "" };
    let stream = match message.stream {
        Stream::Public => "",
        Stream::Internal => " [INTERNAL NOTE]",
    };
    writeln!(out, "\n{}  {}{stream}{edited}", time(message.created_at), named(&message.sender))?;
    if message.deleted_at.is_some() {
        return writeln!(out, "    [deleted]");
    }
    for line in lines_of(&message.body).lines() {
        writeln!(out, "    {line}")?;
    }
    for attachment in &message.attachments {
        match &attachment.link {
            Some(link) => writeln!(out, "    [link: {} {link}]", attachment.name)?,
            None => {
                let size = size(attachment.size);
                writeln!(out, "    [file: {}, {}, {size}]", attachment.name, attachment.media_type)?;
            }
        }
    }
    for reaction in &message.reactions {
        writeln!(out, "    [{} {}]", reaction.emoji, reaction.users.len())?;
    }
    Ok(())
}
