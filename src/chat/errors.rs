//! Turns what went wrong below into what a caller is told; the cause goes to the log.

use bytestring::ByteString;

use super::Answer;
use crate::{
    domain::{FaultId, Visible},
    protocol::{
        EncodedReply, ErrorCode, Event, Reply, WireError,
        encode::{self, EncodeError},
        objects::PositionObject,
    },
    store::{Conflict, StoreError, WriteError},
};

/// A fault nobody but the operator can do anything about.
pub fn internal(cause: &dyn std::fmt::Display) -> WireError {
    WireError::internal(log_fault(cause))
}

/// Logs such a fault, under the id that the caller is told.
pub(super) fn log_fault(cause: &dyn std::fmt::Display) -> FaultId {
    let id = FaultId(rand::random());
    tracing::error!(error_id = %id, %cause, "internal error");
    id
}

/// A reply with these fields. One that cannot be encoded is a fault of the server.
pub(super) fn reply<T: Reply>(fields: &T) -> Answer {
    encoded(EncodedReply::of(fields))
}

/// Something of a reply; what cannot be encoded is a fault of the server.
pub(super) fn encoded<T>(result: Result<T, EncodeError>) -> Result<T, WireError> {
    result.map_err(|error| internal(&error))
}

/// An event as a frame. One that cannot be encoded is logged, and not sent.
pub(super) fn event<T: Event>(event: &T) -> Option<ByteString> {
    encode::event(event).inspect_err(|error| _ = log_fault(error)).ok()
}

/// A read that failed, as the caller is told of it.
impl From<StoreError> for WireError {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Unavailable => {
                tracing::warn!(%error, "a read was refused");
                Self::overloaded()
            }
            StoreError::Internal(id) => Self::internal(id),
        }
    }
}

/// A write that was refused or failed.
pub(super) fn unwritten(error: &WriteError, visible: Visible) -> WireError {
    match error {
        WriteError::NotFound => WireError::ticket_not_found(),
        WriteError::MessageNotFound => WireError::message_not_found(),
        WriteError::Erased(_) => WireError::new(ErrorCode::Forbidden, "This user was erased."),
        WriteError::Forbidden(sentence) => WireError::new(ErrorCode::Forbidden, *sentence),
        WriteError::ForbiddenField { field, sentence } => {
            WireError::new(ErrorCode::Forbidden, *sentence).with_field(*field)
        }
        WriteError::Invalid { field, sentence } => WireError::invalid(*field, sentence.clone()),
        WriteError::Missing { field, sentence } => {
            WireError::new(ErrorCode::NotFound, *sentence).with_field(*field)
        }
        WriteError::UploadNotFound(place) => upload_not_found(*place),
        WriteError::ReplyNotFound => {
            WireError::new(ErrorCode::NotFound, "There is no such message to reply to.").with_field("replyTo")
        }
        WriteError::Conflict(Conflict::SameKeyOtherContent { field }) => {
            WireError::new(ErrorCode::Conflict, "This id was used before, with other content.")
                .with_field(*field)
        }
        WriteError::Conflict(Conflict::State(sentence)) => WireError::new(ErrorCode::Conflict, *sentence),
        WriteError::Conflict(Conflict::Moved(position)) => WireError {
            position: Some(PositionObject::new(*position, visible)),
            ..WireError::new(ErrorCode::Conflict, "The ticket has moved on; someone was faster.")
        },
        WriteError::UnknownUser { user, field } => {
            WireError::invalid(*field, format!("There is no user with the id {:?}.", user.as_str()))
        }
        WriteError::Unavailable => WireError::overloaded(),
        WriteError::Internal(id) => WireError::internal(*id),
    }
}

/// There is no upload for the attachment at this place.
pub(super) fn upload_not_found(place: usize) -> WireError {
    WireError::new(ErrorCode::NotFound, "There is no such upload.")
        .with_field(format!("attachments[{place}].id"))
}
