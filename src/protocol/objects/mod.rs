//! The objects of the wire, made from the domain's; `id` comes first in every one.
//!
//! Owns which fields a customer does not get; values are already sanitised when they come here.

mod canned_response;
mod message;
mod notification;
mod status;
mod ticket;
mod ticket_overview;

use serde::{Deserialize, Deserializer, Serialize, Serializer, de, ser};
use utoipa::ToSchema;

pub use canned_response::CannedResponseObject;
pub use message::{MessageObject, ReactionObject, ReceiptObject};
pub use notification::NotificationObject;
pub use status::StatusObject;
pub use ticket::{ChangesObject, RatingObject, TicketObject};
pub use ticket_overview::OverviewObject;

use super::examples;
use crate::domain::{Attachment, AttachmentId, Position, Role, Stream, Timestamp, User, UserId, Visible};

/// RFC 3339, UTC, with milliseconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rfc3339(pub Timestamp);

impl Serialize for Rfc3339 {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&humantime::format_rfc3339_millis(self.0.to_system_time()))
    }
}

impl<'de> Deserialize<'de> for Rfc3339 {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<'_, str>::deserialize(deserializer)?;
        let time = humantime::parse_rfc3339(&text)
            .map_err(|_| de::Error::custom("expected a time such as 2026-12-24T18:00:00Z"))?;
        Ok(Self(Timestamp::from_system_time(time)))
    }
}

/// JSON that was checked when it came, as it is.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Json<'a>(pub &'a str);

impl Serialize for Json<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let raw: &serde_json::value::RawValue = serde_json::from_str(self.0).map_err(ser::Error::custom)?;
        raw.serialize(serializer)
    }
}

/// How far the streams of a ticket go.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[schema(as = Position, examples(examples::position))]
pub struct PositionObject {
    /// Of the public stream.
    #[schema(minimum = 0)]
    pub public: i64,
    /// Of the internal stream; for agents and admins.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, minimum = 0)]
    pub internal: Option<i64>,
}

impl PositionObject {
    /// `position` as someone sees it who sees `visible`.
    pub fn new(position: Position, visible: Visible) -> Self {
        let internal = visible.includes(Stream::Internal).then_some(position.internal);
        Self { public: position.public, internal }
    }
}

/// A user, as others see them.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, ToSchema)]
#[schema(as = User, examples(examples::customer))]
pub struct UserObject<'a> {
    /// The `sub` of their token.
    pub id: &'a UserId,
    /// Plain text.
    pub name: &'a str,
    /// What they may do in general.
    pub role: Role,
}

impl<'a> From<&'a User> for UserObject<'a> {
    fn from(user: &'a User) -> Self {
        Self { id: &user.id, name: &user.name, role: user.role }
    }
}

/// A file or a link.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
#[schema(as = Attachment, examples(examples::file, examples::link))]
pub struct AttachmentObject<'a> {
    /// Given by the server; cannot be guessed.
    pub id: &'a AttachmentId,
    /// Plain text.
    pub name: &'a str,
    /// Of a file what its bytes are, of a link `text/uri-list`.
    #[serde(rename = "type")]
    pub media_type: &'a str,
    /// In bytes; 0 for a link.
    #[schema(minimum = 0)]
    pub size: i64,
    /// Of a file a path on this server, of a link the link.
    #[serde(serialize_with = "attachment_url")]
    #[schema(value_type = String)]
    pub url: AttachmentUrl<'a>,
}

/// Where an attachment is: a link as it was sent, or the path under which a file is served.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum AttachmentUrl<'a> {
    /// An http(s) URL, passed on and never fetched.
    Link(&'a str),
    /// Served by this server.
    File(&'a AttachmentId),
}

/// The path below which files are served.
pub const ATTACHMENTS_PATH: &str = "/api/attachments";

fn attachment_url<S: Serializer>(url: &AttachmentUrl<'_>, serializer: S) -> Result<S::Ok, S::Error> {
    match url {
        AttachmentUrl::Link(link) => serializer.serialize_str(link),
        AttachmentUrl::File(id) => serializer.collect_str(&format_args!("{ATTACHMENTS_PATH}/{id}")),
    }
}

impl<'a> From<&'a Attachment> for AttachmentObject<'a> {
    fn from(attachment: &'a Attachment) -> Self {
        let url = match &attachment.link {
            Some(link) => AttachmentUrl::Link(link),
            None => AttachmentUrl::File(&attachment.id),
        };
        Self {
            id: &attachment.id,
            name: &attachment.name,
            media_type: &attachment.media_type,
            size: attachment.size,
            url,
        }
    }
}

/// A position as a client sends it: a stream that is missing counts as 0.
#[derive(Clone, Copy, Debug, Default, Deserialize, ToSchema)]
#[serde(default)]
#[schema(examples(examples::position))]
pub struct Since {
    /// Of the public stream.
    pub public: Option<u64>,
    /// Of the internal stream.
    pub internal: Option<u64>,
}
