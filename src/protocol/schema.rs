//! What the domain's types look like on the wire, for the documents that describe it.
//!
//! Owns the schemas of values that are written in a form of their own: ids, times and words. Those of
//! objects are derived where the objects are.

use std::borrow::Cow;

use serde::Serialize;
use serde_json::json;
use strum::VariantArray;
use utoipa::{
    PartialSchema, ToSchema,
    openapi::{
        KnownFormat, Object, ObjectBuilder, OneOfBuilder, RefOr, Schema, SchemaFormat,
        schema::{AdditionalProperties, SchemaType, Type},
    },
};

use super::{
    ack::{Ack, MAX_ACK_CHARS, MAX_ACK_NUMBER},
    objects::{Json, Rfc3339},
};
use crate::domain::{
    AttachmentId, Availability, CannedResponseId, ClientKey, MessageId, MessageStatus, NotificationId,
    Priority, Role, Stream, TicketId, TicketStatus, UserId, WebhookId,
};

/// The fields of something that travels under a name: a reply or an event.
pub trait Named: ToSchema {
    /// The name on the wire.
    const NAME: &'static str;
}

/// The fields of a reply that is in the list of replies: of a command that was carried out.
pub trait Reply: Named + Serialize {}

/// The fields of an event that is in the list of events.
pub trait Event: Named + Serialize {}

/// Gives types their names on the wire.
macro_rules! names {
    ($($type:ty = $name:expr;)+) => {$(
        impl $crate::protocol::schema::Named for $type {
            const NAME: &'static str = $name;
        }
    )+};
}

pub(super) use names;

/// A text, described.
fn text(description: &str) -> ObjectBuilder {
    ObjectBuilder::new().schema_type(SchemaType::new(Type::String)).description(Some(description))
}

macro_rules! schemas {
    ($($type:ty, $name:literal => $schema:expr;)+) => {$(
        impl PartialSchema for $type {
            fn schema() -> RefOr<Schema> {
                $schema.into()
            }
        }

        impl ToSchema for $type {
            fn name() -> Cow<'static, str> {
                $name.into()
            }
        }
    )+};
}

/// An id that the server gives.
fn number(description: &str) -> ObjectBuilder {
    text(description).pattern(Some("^[+-]?[0-9]+$")).examples(["42"])
}

/// A ticket, message or other thing of the server's, as a client may name it.
pub(super) struct AnyId;

/// A kind of notification: one of the server's own, or any word from outside.
pub(super) struct AnyKind;

fn words<'a>(description: &str, words: impl IntoIterator<Item = &'a str>) -> ObjectBuilder {
    text(description).enum_values(Some(words))
}

schemas! {
    AnyId, "Id" => number("An id that the server gave. A whole number is as good.")
        .schema_type(SchemaType::from_iter([Type::String, Type::Integer]));
    TicketId, "TicketId" => number("The id of a ticket.");
    MessageId, "MessageId" => number("The id of a message.");
    NotificationId, "NotificationId" => number("The id of a notification.");
    CannedResponseId, "CannedResponseId" => number("The id of a canned response.");
    AttachmentId, "AttachmentId" => text("The id of an attachment: 128 random bits.")
        .pattern(Some("^[0-9a-f]{32}$")).examples(["839e28a616f40b40e9aa8a1e384f0ebe"]);
    WebhookId, "WebhookId" => number("The id of a webhook.");
    UserId, "UserId" => text("The id of a user: the `sub` of their token.")
        .min_length(Some(1)).max_length(Some(128)).examples(["casey"]);
    ClientKey, "ClientKey" => text("The caller's own id of what they send, by which a retry is recognised.")
        .min_length(Some(1)).max_length(Some(64)).examples(["8f14e45f-ceea-467f-9d1b-3c2a1e5b7a90"]);
    Ack, "Ack" => text("What the caller wants its answer to carry: a whole number or a short text.")
        .schema_type(SchemaType::from_iter([Type::Integer, Type::String]))
        .minimum(Some(0)).maximum(Some(MAX_ACK_NUMBER)).max_length(Some(MAX_ACK_CHARS)).examples([7]);
    Rfc3339, "Time" => text("RFC 3339, UTC, with milliseconds.")
        .format(Some(SchemaFormat::KnownFormat(KnownFormat::DateTime))).examples(["2026-12-24T18:00:00.000Z"]);
    Json<'_>, "Json" => ObjectBuilder::new().schema_type(SchemaType::new(Type::Object))
        .description(Some("An object of the sender's own.")).additional_properties(Some(AdditionalProperties::FreeForm(true)))
        .examples([json!({"order": "1042"})]);
    Role, "Role" => words("What a user may do in general.", Role::VARIANTS.iter().map(|it| it.as_str()));
    Stream, "Stream" => words("The internal stream is for agents and admins.", Stream::VARIANTS.iter().map(|it| it.as_str()));
    Priority, "Priority" => words("How urgent a ticket is.", Priority::VARIANTS.iter().map(|it| it.as_str()));
    TicketStatus, "TicketStatus" => words("Where a ticket is in its life.", TicketStatus::VARIANTS.iter().map(|it| it.as_str()));
    Availability, "Availability" => words("How a user is seen.", Availability::VARIANTS.iter().map(|it| it.as_str()));
    MessageStatus, "MessageStatus" => words(
        "How far a message has come with anyone but its sender.", MessageStatus::VARIANTS.iter().map(|it| it.as_str()));
    AnyKind, "NotificationKindOrWord" => text(
        "Why a user is notified: one of the server's own kinds, or a word of whoever sent it from outside.")
        .pattern(Some("^[a-z][a-z0-9_.-]{0,63}$")).examples(["new_message", "order.shipped"]);
}

/// The two values of a field that changed.
pub(super) fn changed<T: PartialSchema>() -> Object {
    from_to(&T::schema())
}

/// The two values of a field that changed, of which either may be `null`.
pub(super) fn changed_if_any<T: PartialSchema>() -> Object {
    let nothing = ObjectBuilder::new().schema_type(SchemaType::new(Type::Null));
    from_to(&OneOfBuilder::new().item(nothing).item(T::schema()).into())
}

fn from_to(value: &RefOr<Schema>) -> Object {
    ObjectBuilder::new()
        .schema_type(SchemaType::new(Type::Object))
        .property("from", value.clone())
        .required("from")
        .property("to", value.clone())
        .required("to")
        .build()
}
