//! A transcript as one page that loads nothing and runs nothing.
//!
//! Bodies of messages are HTML that was sanitised when they came; everything else is escaped here.

use std::io::{self, Write};

use html_escape::{encode_double_quoted_attribute as attribute, encode_text as escape};

use super::{
    sentences::{line, named, size, time},
    walk::{ExportError, Sink, Walk},
};
use crate::domain::{LogEvent, Message, Role, Stream, Ticket};

const STYLE: &str = include_str!("style.css");

/// Nothing is fetched, run, framed or sent, whatever is in the page.
const POLICY: &str = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'";

pub(super) async fn write(walk: &Walk<'_>, out: &mut impl Sink) -> Result<(), ExportError> {
    head(&walk.ticket, out)?;
    walk.each(out, |out, entry| match (&entry.event, line(entry)) {
        (LogEvent::MessageSent(message), _) => put(message, out),
        (_, Some(line)) => {
            let mark =
                if entry.stream == Stream::Internal { " <span class=\"mark\">internal</span>" } else { "" };
            writeln!(out, "<p class=\"event\">{}{mark}</p>", escape(&line))
        }
        (_, None) => Ok(()),
    })
    .await?;
    writeln!(out, "</main>\n</body>\n</html>")?;
    Ok(())
}

fn head(ticket: &Ticket, out: &mut impl Write) -> io::Result<()> {
    let subject = escape(&ticket.subject);
    writeln!(out, "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">")?;
    writeln!(out, "<meta http-equiv=\"Content-Security-Policy\" content=\"{POLICY}\">")?;
    writeln!(out, "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">")?;
    writeln!(out, "<meta name=\"referrer\" content=\"no-referrer\">")?;
    writeln!(out, "<title>Ticket {}: {subject}</title>\n<style>\n{STYLE}</style>\n</head>", ticket.id)?;
    writeln!(out, "<body>\n<main>\n<h1>Ticket {}: {subject}</h1>\n<dl>", ticket.id)?;
    let mut row = |name: &str, value: &str| writeln!(out, "<dt>{name}</dt><dd>{}</dd>", escape(value));
    row("Status", ticket.status.as_str())?;
    row("Requester", &named(&ticket.requester))?;
    if let Some(assignee) = &ticket.assignee {
        row("Assignee", &named(assignee))?;
    }
    for user in &ticket.participants {
        row("Participant", &named(user))?;
    }
    row("Opened", &time(ticket.created_at))?;
    if let Some(closed_at) = ticket.closed_at {
        row("Closed", &time(closed_at))?;
    }
    if let Some(rating) = &ticket.rating {
        row("Rating", &format!("{} of 5 {}", rating.score, rating.comment.as_deref().unwrap_or_default()))?;
    }
    writeln!(out, "</dl>")
}

fn put(message: &Message, out: &mut impl Write) -> io::Result<()> {
    let is_note = message.stream == Stream::Internal;
    let class = match message.sender.role {
        _ if is_note => "note",
        Role::Customer => "customer",
        Role::Agent | Role::Admin => "staff",
    };
    let sender = named(&message.sender);
    let at = time(message.created_at);
    write!(out, "<article class=\"{class}\" id=\"m{}\">\n<header>", message.id)?;
    write!(
        out,
        "<span class=\"who\">{}</span> <time class=\"at\" datetime=\"{at}\">{at}</time>",
        escape(&sender)
    )?;
    if is_note {
        write!(out, " <span class=\"mark\">internal note</span>")?;
    }
    if message.edited_at.is_some() && message.deleted_at.is_none() {
        write!(out, " <span class=\"at\">edited</span>")?;
    }
    if let Some(reply_to) = message.reply_to {
        write!(out, " <a class=\"at\" href=\"#m{reply_to}\">reply</a>")?;
    }
    writeln!(out, "</header>")?;
    if message.deleted_at.is_some() {
        return writeln!(out, "<p class=\"gone\">deleted</p>\n</article>");
    }
    // Sanitised when it came: balanced, and without anything that runs or loads.
    writeln!(out, "<div class=\"body\">{}</div>", message.body)?;
    files(message, out)?;
    let reactions: Vec<String> =
        message.reactions.iter().map(|it| format!("{} {}", it.emoji, it.users.len())).collect();
    if !reactions.is_empty() {
        writeln!(out, "<p class=\"at\">{}</p>", escape(&reactions.join("  ")))?;
    }
    writeln!(out, "</article>")
}

fn files(message: &Message, out: &mut impl Write) -> io::Result<()> {
    if message.attachments.is_empty() {
        return Ok(());
    }
    writeln!(out, "<ul class=\"files\">")?;
    for attachment in &message.attachments {
        let name = escape(&attachment.name);
        match &attachment.link {
            Some(link) => writeln!(
                out,
                "<li><a href=\"{}\" rel=\"noopener noreferrer nofollow\">{name}</a> (link)</li>",
                attribute(link)
            )?,
            None => {
                let (kind, size) = (escape(&attachment.media_type), size(attachment.size));
                writeln!(out, "<li>{name} ({kind}, {size})</li>")?;
            }
        }
    }
    writeln!(out, "</ul>")
}
