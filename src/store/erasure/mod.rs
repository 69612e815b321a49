//! Erasing a user: what there is to erase, in pieces that hold nobody up.
//!
//! Owns how the pieces are found. A piece is a change ([`Erasure`]), carried out by the writer; getting rid
//! of the last traces in the files is in `scrub`. Does not know the files of attachments.

mod find;
mod scrub;

pub use find::Stretch;
pub use scrub::{ScrubError, Scrubbed};

pub use super::changes::{ERASED_SUBJECT, ERASED_USER, Erasure};
