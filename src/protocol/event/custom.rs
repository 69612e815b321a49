//! What a helpdesk's own server has passed on: its words, in an envelope of this protocol's.

use bytestring::ByteString;
use serde::Serialize;

use crate::protocol::{frame::encode_event, object::Json};

/// `{name, data}` of `custom_event` and `announcement`.
#[derive(Serialize)]
pub struct CustomData<'a> {
    /// What its sender calls it.
    pub name: &'a str,
    /// An object of theirs.
    pub data: Json<'a>,
}

/// For one user.
pub fn custom_event(data: &CustomData<'_>) -> ByteString {
    encode_event("custom_event", data)
}

/// For everyone.
pub fn announcement(data: &CustomData<'_>) -> ByteString {
    encode_event("announcement", data)
}
