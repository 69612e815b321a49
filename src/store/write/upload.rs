//! A file that was uploaded before the message that carries it.
//!
//! Made from a row only, so that a message can carry no file that was never stored.

use crate::domain::{Attachment, AttachmentId};

/// A file of a user, to a ticket. Whether it can still be sent is decided when it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Upload {
    file: Attachment,
    sha256: Vec<u8>,
}

impl Upload {
    /// From its row.
    pub(in crate::store) fn new(file: Attachment, sha256: Vec<u8>) -> Self {
        Self { file, sha256 }
    }

    /// The id it is stored under.
    pub fn id(&self) -> &AttachmentId {
        &self.file.id
    }

    /// As it is shown.
    pub fn shown(&self) -> &Attachment {
        &self.file
    }

    /// The SHA-256 of the bytes.
    pub fn sha256(&self) -> &[u8] {
        &self.sha256
    }
}
