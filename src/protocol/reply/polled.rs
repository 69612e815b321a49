//! The answer to a poll: what a socket would have brought meanwhile.

use bytestring::ByteString;

use super::Object;
use crate::protocol::{CloseCode, CloseObject, objects::PositionObject};

/// Its fields.
#[derive(Clone, Debug)]
#[expect(missing_docs, reason = "the wire's own words")]
pub struct Polled {
    /// Whole frames, as on a socket.
    pub events: Vec<ByteString>,
    /// Where these events end.
    pub position: PositionObject,
    pub epoch: ByteString,
    pub reset: bool,
    pub close: Option<CloseCode>,
}

impl Polled {
    /// As one JSON object.
    pub fn data(&self) -> String {
        let object = Object::new()
            .json("events", &format!("[{}]", self.events.join(",")))
            .field("position", &self.position)
            .field("epoch", &*self.epoch)
            .field("reset", &self.reset);
        match self.close {
            Some(code) => object.field("close", &CloseObject::from(code)).end(),
            None => object.end(),
        }
    }
}
