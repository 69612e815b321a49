//! Reading attachments back, for those who may see the message that carries them: with a token, or with a
//! URL that was signed for them a while ago.
//!
//! Owns what such a URL is good for. Does not know ranges' form or headers.

use std::{net::IpAddr, ops::Range, sync::Arc, time::Duration};

use crate::{
    blobs::BlobStream,
    chat::{
        Chat,
        commands::pipeline,
        errors,
        sign_in::{Refusal, Session},
        statuses::Standing,
    },
    domain::{Attachment, AttachmentId, Class, Timestamp},
    guard::{Admitted, UrlGrant, crypto::encoding},
    protocol::{ErrorCode, WireError},
};

/// For how long a signed URL works.
const SIGNED_FOR: Duration = Duration::from_secs(5 * 60);

/// A file that the caller may have.
#[derive(Clone, Debug)]
pub struct Download {
    /// What it is.
    pub attachment: Attachment,
    /// Another one for other bytes.
    pub tag: String,
}

impl Download {
    /// In bytes.
    pub fn size(&self) -> u64 {
        u64::try_from(self.attachment.size).unwrap_or(0)
    }
}

/// What lets its user fetch one attachment, by itself.
#[derive(Clone)]
pub struct SignedAccess {
    /// To be given back with it.
    pub signature: String,
    /// Until when it works.
    pub expires_at: Timestamp,
}

fn missing() -> WireError {
    WireError::new(ErrorCode::NotFound, "There is no such attachment.")
}

impl Chat {
    /// A file, if the session may have it.
    ///
    /// # Errors
    /// `not_found` for what is missing and for what the session may not see, in the same words.
    pub async fn download(
        &self,
        session: &Session,
        _admitted: Admitted,
        id: &str,
    ) -> Result<Download, WireError> {
        let id = AttachmentId::parse(id).ok_or_else(missing)?;
        let viewer = session.user.viewer();
        let found = self.store.attachment(&viewer, &id).await?;
        let (attachment, sha256) = found.filter(|(it, _)| it.link.is_none()).ok_or_else(missing)?;
        // The bytes behind an id never change.
        let tag = sha256.map_or_else(|| id.as_str().to_owned(), |sha256| encoding::base64_url(&sha256));
        Ok(Download { attachment, tag })
    }

    /// Its bytes, or a part of them.
    ///
    /// # Errors
    /// `internal` when the file is not what it was.
    pub async fn bytes(&self, download: &Download, range: Range<u64>) -> Result<BlobStream, WireError> {
        let id = &download.attachment.id;
        match self.blobs.get_range(id, range).await {
            Ok(Some(bytes)) if bytes.total() == download.size() => Ok(bytes),
            Ok(Some(_)) => {
                Err(errors::internal(&format_args!("the file of attachment {id} has another size")))
            }
            Ok(None) => Err(errors::internal(&format_args!("the file of attachment {id} is gone"))),
            Err(error) => Err(errors::internal(&error)),
        }
    }

    /// Lets the session fetch a file for a while without its token.
    ///
    /// # Errors
    /// As [`Chat::download`].
    pub async fn sign(
        &self,
        session: &Session,
        admitted: Admitted,
        id: &str,
    ) -> Result<SignedAccess, WireError> {
        let Download { attachment, .. } = self.download(session, admitted, id).await?;
        let expires_at = self.clock.now().after(SIGNED_FOR);
        let grant = UrlGrant { user_id: session.user.id.clone(), role: session.user.role, expires_at };
        Ok(SignedAccess { signature: self.url_key.sign(&attachment.id, &grant), expires_at })
    }

    /// Lets the user come in for whom this was signed; it is charged to them, and a forged one to the
    /// address. What they may see is asked anew.
    ///
    /// # Errors
    /// `not_found` for what is forged, over or void, as if the attachment were missing; `forbidden` when
    /// the user is disabled.
    pub async fn admit_signed(
        &self,
        address: IpAddr,
        id: &str,
        access: &SignedAccess,
    ) -> Result<(Session, Admitted), WireError> {
        let SignedAccess { signature, expires_at } = access;
        let id = AttachmentId::parse(id).ok_or_else(missing)?;
        let Some(grant) = self.url_key.verify(&id, *expires_at, signature) else {
            self.charge_address(address).map_err(|refusal: Refusal| refusal.error)?;
            return Err(missing());
        };
        let admitted = pipeline::charge(self, &grant.user_id, Class::History)?;
        if grant.expires_at <= self.clock.now() {
            return Err(missing());
        }
        let as_of = self.connections.lockouts();
        let known = self.store.user(&grant.user_id).await?;
        let known = known.ok_or_else(missing)?;
        if known.disabled {
            return Err(WireError::new(ErrorCode::Forbidden, "This user is disabled."));
        }
        // Tokens that were revoked take what was signed with them along, and so does another role.
        let signed_at = expires_at.before(SIGNED_FOR);
        if signed_at < known.tokens_valid_after || known.user.role != grant.role {
            return Err(missing());
        }
        let session = Session {
            user: Arc::new(known.user),
            expires_at: grant.expires_at,
            issued_at: signed_at,
            standing: Standing::default(),
            as_of,
        };
        Ok((session, admitted))
    }
}
