//! Recognises the two frequent events without parsing JSON.
//!
//! Owns the fixed beginnings of `ack` and `new_message`, and the order of a message's first fields. Frames of
//! any other form are parsed by serde_json, which is slower and gives equal results. Does not judge the
//! content.

use memchr::{memchr, memmem};
use serde::Deserialize;
use serde_json::Value;

const ACK: &[u8] = br#"{"event":"ack","ack":"#;
const SUCCESS: &[u8] = br#","data":{"success":true"#;
const MESSAGE: &[u8] = br#"{"event":"new_message","data":{"id":""#;
const CLIENT_ID: &[u8] = br#","clientMessageId":""#;

/// Arrived message.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Delivery {
    /// Number in the public stream.
    pub seq: u64,
    /// Number of the sending user, and index of the send; `None` for a message of another client.
    pub origin: Option<(u32, u32)>,
}

/// Kind of a text frame.
#[derive(Debug)]
pub(crate) enum Seen {
    /// Ack of a committed send.
    Committed { index: u32, seq: u64 },
    /// Message in the room of the connection.
    Message(Delivery),
    /// Any other frame.
    Rare,
}

/// Bytes before the sequence number in every message of a ticket.
pub(crate) fn marker(ticket: &str) -> Vec<u8> {
    format!(r#","ticketId":"{ticket}","stream":"public","seq":"#).into_bytes()
}

/// Reads a text frame of a connection to the room with this marker.
pub(crate) fn scan(payload: &[u8], marker: &[u8]) -> Seen {
    if let Some(rest) = payload.strip_prefix(MESSAGE) {
        return message(rest, marker).map_or(Seen::Rare, Seen::Message);
    }
    payload.strip_prefix(ACK).and_then(committed).unwrap_or(Seen::Rare)
}

fn message(rest: &[u8], marker: &[u8]) -> Option<Delivery> {
    let id_end = memchr(b'"', rest)?;
    let (seq, rest) = number(rest[id_end + 1..].strip_prefix(marker)?)?;
    Some(Delivery { seq, origin: origin(rest.strip_prefix(CLIENT_ID)?) })
}

fn committed(rest: &[u8]) -> Option<Seen> {
    let (index, rest) = number(rest)?;
    let rest = rest.strip_prefix(SUCCESS)?;
    let at = memmem::find(rest, br#""seq":"#)?;
    let (seq, _) = number(&rest[at + 6..])?;
    Some(Seen::Committed { index: u32::try_from(index).ok()?, seq })
}

/// Splits `12-3456"` into its two numbers.
fn origin(bytes: &[u8]) -> Option<(u32, u32)> {
    let (user, rest) = number(bytes)?;
    let (index, rest) = number(rest.strip_prefix(b"-")?)?;
    (rest.first() == Some(&b'"')).then_some(())?;
    Some((u32::try_from(user).ok()?, u32::try_from(index).ok()?))
}

fn number(bytes: &[u8]) -> Option<(u64, &[u8])> {
    let mut value = 0_u64;
    let mut at = 0;
    while let Some(digit) = bytes.get(at).map(|byte| byte.wrapping_sub(b'0')).filter(|digit| *digit < 10) {
        value = value.checked_mul(10)?.checked_add(u64::from(digit))?;
        at += 1;
    }
    (at > 0).then_some((value, &bytes[at..]))
}

/// Envelope of a frame outside the hot path.
#[derive(Debug, Deserialize)]
pub(crate) struct Envelope {
    /// Name of the event.
    pub event: String,
    /// `ack` value of the answered command.
    #[serde(default)]
    pub ack: Value,
    /// Content of the event.
    #[serde(default)]
    pub data: Value,
}

impl Envelope {
    /// Error code of a failed ack or an error event; `None` for other frames.
    pub(crate) fn error(&self) -> Option<&str> {
        let error = match self.event.as_str() {
            "error" | "authentication_error" => &self.data,
            "ack" if self.data["success"] != Value::Bool(true) => &self.data["error"],
            _ => return None,
        };
        Some(error["code"].as_str().unwrap_or("without a code"))
    }

    /// Ticket and number of a durable public event. Receipts name a `seq` too, but do not occupy one.
    pub(crate) fn durable(&self) -> Option<(&str, u64)> {
        let data = &self.data;
        if self.event == "ack" || self.event.starts_with("messages_") || data["stream"] != "public" {
            return None;
        }
        Some((data["ticketId"].as_str()?, data["seq"].as_u64()?))
    }

    /// User number and index of the driver's send in a message event.
    pub(crate) fn origin(&self) -> Option<(u32, u32)> {
        let (user, index) = self.data["clientMessageId"].as_str()?.split_once('-')?;
        Some((user.parse().ok()?, index.parse().ok()?))
    }
}

/// Returns `false` for frames that no check needs, such as presence and receipts, to save parsing.
pub(crate) fn may_matter(payload: &[u8]) -> bool {
    payload.starts_with(br#"{"event":"ack""#)
        || memmem::find(payload, br#""seq":"#).is_some()
        || memmem::find(payload, br#"error","data""#).is_some()
        || payload.starts_with(br#"{"event":"left_ticket""#)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_is_read_by_its_first_fields() {
        let frame = br#"{"event":"new_message","data":{"id":"9","ticketId":"42","stream":"public","seq":17,"clientMessageId":"3-88","sender":{}}}"#;
        let Seen::Message(seen) = scan(frame, &marker("42")) else { panic!("not a message") };
        assert_eq!(seen, Delivery { seq: 17, origin: Some((3, 88)) });
        assert!(matches!(scan(frame, &marker("4")), Seen::Rare));
    }

    #[test]
    fn an_ack_gives_index_and_seq_and_a_refusal_is_rare() {
        let good = br#"{"event":"ack","ack":88,"data":{"success":true,"message":{"id":"9","seq":17}}}"#;
        assert!(matches!(scan(good, b"-"), Seen::Committed { index: 88, seq: 17 }));
        let bad = br#"{"event":"ack","ack":88,"data":{"success":false,"error":{"code":"overloaded"}}}"#;
        assert!(matches!(scan(bad, b"-"), Seen::Rare) && may_matter(bad));
        let parsed: Result<Envelope, _> = serde_json::from_slice(bad);
        assert_eq!(parsed.ok().as_ref().and_then(Envelope::error), Some("overloaded"));
    }

    #[test]
    fn the_slow_way_reads_the_same_from_another_field_order() {
        let frame = br#"{"event":"new_message","data":{"id":"9","seq":17,"stream":"public","clientMessageId":"3-88","ticketId":"42"}}"#;
        assert!(matches!(scan(frame, &marker("42")), Seen::Rare) && may_matter(frame));
        let parsed: Option<Envelope> = serde_json::from_slice(frame).ok();
        assert_eq!(parsed.as_ref().and_then(Envelope::durable), Some(("42", 17)));
        assert_eq!(parsed.as_ref().and_then(Envelope::origin), Some((3, 88)));
    }
}
