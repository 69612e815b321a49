//! Reading attachments back, for those who may see the message that carries them.

use super::{Chat, answers, authenticate::Session};
use crate::{
    blobs::BlobStream,
    domain::{Attachment, AttachmentId},
    guard::Admitted,
    protocol::{ErrorCode, WireError},
};

impl Chat {
    /// An attachment and its bytes.
    ///
    /// # Errors
    /// `not_found` for what is missing and for what the session may not see, in the same words.
    pub async fn download(
        &self,
        session: &Session,
        _admitted: Admitted,
        id: &str,
    ) -> Result<(Attachment, BlobStream), WireError> {
        let missing = || WireError::new(ErrorCode::NotFound, "There is no such attachment.");
        let id = AttachmentId::parse(id).ok_or_else(missing)?;
        let viewer = session.user.viewer();
        let attachment = self.store.attachment(&viewer, &id).await.map_err(|e| answers::unread(&e))?;
        let attachment = attachment.filter(|it| it.link.is_none()).ok_or_else(missing)?;
        match self.blobs.get(&id).await {
            Ok(Some(bytes)) => Ok((attachment, bytes)),
            Ok(None) => Err(answers::internal(&format_args!("the file of attachment {id} is gone"))),
            Err(error) => Err(answers::internal(&error)),
        }
    }
}
