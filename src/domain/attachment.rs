//! What a message carries besides its text.
//!
//! Knows names, types and sizes; the bytes are in `blobs`.

use std::time::Duration;

use super::AttachmentId;

/// For how long an uploaded file waits for the message that carries it.
pub const UNSENT_FOR: Duration = Duration::from_secs(60 * 60);

/// A stored file or a link, as it is shown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Attachment {
    /// Unguessable.
    pub id: AttachmentId,
    /// Plain text, as the sender named it.
    pub name: String,
    /// The media type decided by the bytes; `text/uri-list` for a link.
    pub media_type: String,
    /// In bytes; 0 for a link.
    pub size: i64,
    /// Where a link leads; `None` for a file, which is served under its id.
    pub link: Option<String>,
}
