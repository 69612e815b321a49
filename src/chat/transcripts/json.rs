//! A transcript as one JSON object: `{ticket, messages, events}`, with the wire's own objects. An event is
//! the frame in which clients got it.

use std::io::Write;

use serde::Serialize;

use super::walk::{ExportError, Sink, Walk};
use crate::{
    domain::LogEvent,
    protocol::{
        encode,
        objects::{MessageObject, TicketObject},
    },
};

pub(super) async fn write(walk: &Walk<'_>, out: &mut impl Sink) -> Result<(), ExportError> {
    out.write_all(b"{\"ticket\":")?;
    put(out, &TicketObject::new(&walk.ticket, walk.visible))?;
    out.write_all(b",\"messages\":[")?;
    let mut separator: &[u8] = b"\n";
    walk.each(out, |out, entry| {
        let LogEvent::MessageSent(message) = &entry.event else { return Ok(()) };
        out.write_all(std::mem::replace(&mut separator, b",\n"))?;
        put(out, &MessageObject::from(message.as_ref()))
    })
    .await?;
    // The log once more, so that neither list waits in memory for the other.
    out.write_all(b"],\"events\":[")?;
    separator = b"\n";
    walk.each(out, |out, entry| {
        if matches!(entry.event, LogEvent::MessageSent(_)) {
            return Ok(());
        }
        out.write_all(std::mem::replace(&mut separator, b",\n"))?;
        out.write_all(encode::entry(entry).map_err(std::io::Error::other)?.as_bytes())
    })
    .await?;
    out.write_all(b"]}\n")?;
    Ok(())
}

fn put(out: &mut impl Write, value: &impl Serialize) -> std::io::Result<()> {
    serde_json::to_writer(out, value).map_err(std::io::Error::from)
}
