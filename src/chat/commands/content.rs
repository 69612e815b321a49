//! The middle stages: validate, sanitise, decode and check attachments, and store their bytes.
//!
//! Owns what a message's content may be. Large content is worked on off the event loop.

use std::collections::HashMap;

use serde::Serialize;

use super::pipeline::{Access, discard};
use crate::{
    chat::{Chat, attachments::uploads, errors},
    domain::{AttachmentId, Bounds, MessageId, Stream, TicketId, bounds::INLINE_BYTES, metric::Metric},
    guard::{
        AllowedTypes, AttachmentError, Checked, ContentDigest, Digest, DigestKey, PlainText, SafeLink,
        Sanitised, files::attachment, text::mentions::mentions_of,
    },
    protocol::{
        ErrorCode, WireError,
        messages::{AttachmentInput, Format},
    },
    store::{NewAttachment, Upload},
};

/// A message's content as it was sent.
pub(in crate::chat) struct Raw {
    /// To which ticket; `None` for one that is only opened with it.
    pub ticket_id: Option<TicketId>,
    pub message: Option<String>,
    pub format: Format,
    pub attachments: Vec<AttachmentInput>,
    pub stream: Stream,
    pub reply_to: Option<MessageId>,
}

/// Content that passed every stage; its files are stored.
pub(in crate::chat) struct Content {
    pub body: Sanitised,
    pub mentions: Vec<String>,
    pub digest: ContentDigest,
    pub attachments: Vec<NewAttachment>,
}

impl Content {
    /// The files that were stored for it, which a refusal must not leave behind. What was uploaded before
    /// is not among them.
    pub(in crate::chat) fn files(&self) -> Vec<AttachmentId> {
        files(&self.attachments)
    }
}

fn files(attachments: &[NewAttachment]) -> Vec<AttachmentId> {
    attachments
        .iter()
        .filter_map(|it| match it {
            NewAttachment::File(stored) => Some(stored.id().clone()),
            NewAttachment::Uploaded(_) | NewAttachment::Link { .. } => None,
        })
        .collect()
}

/// Checked, but nothing of it is stored yet.
struct Draft {
    body: Sanitised,
    mentions: Vec<String>,
    digest: ContentDigest,
    attachments: Vec<DraftAttachment>,
}

enum DraftAttachment {
    File(Checked),
    Uploaded(Upload),
    Link { name: PlainText, url: String },
}

/// Validates, sanitises, decodes, checks and stores.
pub(in crate::chat) async fn compose(chat: &Chat, access: &Access, raw: Raw) -> Result<Content, WireError> {
    check_count(&chat.bounds, &raw)?;
    let uploads = uploads::named(chat, access, &raw).await?;
    let attached: usize = raw.attachments.iter().map(|it| it.data.as_ref().map_or(0, String::len)).sum();
    let mut draft = if attached + raw.message.as_ref().map_or(0, String::len) <= INLINE_BYTES {
        draft(&chat.bounds, &chat.allowed_types, &chat.digest_key, &raw, uploads)?
    } else {
        let (bounds, types, key) = (chat.bounds.clone(), chat.allowed_types.clone(), chat.digest_key.clone());
        actix_web::rt::task::spawn_blocking(move || draft(&bounds, &types, &key, &raw, uploads))
            .await
            .map_err(|error| errors::internal(&error))??
    };
    let mut stored = Vec::with_capacity(draft.attachments.len());
    for attachment in std::mem::take(&mut draft.attachments) {
        match store(chat, attachment).await {
            Ok(attachment) => stored.push(attachment),
            Err(error) => {
                discard(chat, files(&stored)).await;
                return Err(error);
            }
        }
    }
    let Draft { body, mentions, digest, .. } = draft;
    Ok(Content { body, mentions, digest, attachments: stored })
}

/// Validates and sanitises the new text of a message. Whether it may be empty depends on what is
/// attached to the message, which only the store knows.
pub(in crate::chat) async fn compose_edit(
    chat: &Chat,
    _access: &Access,
    message: String,
    format: Format,
) -> Result<Sanitised, WireError> {
    let max = chat.bounds.message_chars;
    if message.len() <= INLINE_BYTES {
        return body(max, &message, format);
    }
    actix_web::rt::task::spawn_blocking(move || body(max, &message, format))
        .await
        .map_err(|error| errors::internal(&error))?
}

async fn store(chat: &Chat, attachment: DraftAttachment) -> Result<NewAttachment, WireError> {
    let id = AttachmentId::from_random(rand::random());
    match attachment {
        DraftAttachment::Link { name, url } => Ok(NewAttachment::Link { id, name, url }),
        DraftAttachment::Uploaded(upload) => Ok(NewAttachment::Uploaded(upload)),
        DraftAttachment::File(checked) => match chat.blobs.put(checked, id).await {
            Ok(stored) => Ok(NewAttachment::File(stored)),
            Err(error) => {
                tracing::error!(%error, "an attachment could not be stored");
                Err(WireError::overloaded())
            }
        },
    }
}

fn body(max_chars: usize, message: &str, format: Format) -> Result<Sanitised, WireError> {
    checked_text(max_chars, message).map(|text| sanitised(text, format))
}

fn checked_text(max_chars: usize, message: &str) -> Result<&str, WireError> {
    let text = message.trim();
    if text.chars().count() > max_chars {
        let sentence = format!("A message has at most {max_chars} characters.");
        return Err(WireError::invalid("message", sentence));
    }
    Ok(text)
}

fn sanitised(text: &str, format: Format) -> Sanitised {
    match format {
        Format::Html => Sanitised::from_html(text),
        Format::Text => Sanitised::from_text(text),
    }
}

fn check_count(bounds: &Bounds, raw: &Raw) -> Result<(), WireError> {
    if raw.attachments.len() > bounds.attachments {
        let sentence = format!("A message has at most {} attachments.", bounds.attachments);
        return Err(WireError::invalid("attachments", sentence));
    }
    Ok(())
}

fn draft(
    bounds: &Bounds,
    types: &AllowedTypes,
    key: &DigestKey,
    raw: &Raw,
    mut uploads: HashMap<AttachmentId, Upload>,
) -> Result<Draft, WireError> {
    let text = checked_text(bounds.message_chars, raw.message.as_deref().unwrap_or_default())?;
    let body = sanitised(text, raw.format);
    if body.is_empty() && raw.attachments.is_empty() {
        return Err(WireError::invalid("message", "A message needs a text or an attachment."));
    }
    let mut digest = Digest::new(key)
        .part(raw.message.as_deref().unwrap_or_default().as_bytes())
        .part(raw.format.as_str().as_bytes())
        .part(raw.stream.as_str().as_bytes())
        .part(&raw.reply_to.map_or(0, |id| id.0).to_be_bytes());
    let mut attachments = Vec::with_capacity(raw.attachments.len());
    for (index, input) in raw.attachments.iter().enumerate() {
        let attachment = draft_attachment(bounds, types, index, input, &mut uploads)?;
        digest = match &attachment {
            DraftAttachment::File(checked) => {
                digest.part(checked.name().as_str().as_bytes()).part(checked.sha256())
            }
            // As if the bytes had come along: a retry may send them either way.
            DraftAttachment::Uploaded(upload) => {
                digest.part(upload.shown().name.as_bytes()).part(upload.sha256())
            }
            DraftAttachment::Link { name, url } => digest.part(name.as_str().as_bytes()).part(url.as_bytes()),
        };
        attachments.push(attachment);
    }
    let mentions = mentions_of(&body);
    Ok(Draft { body, mentions, digest: digest.finish(), attachments })
}

fn draft_attachment(
    bounds: &Bounds,
    types: &AllowedTypes,
    index: usize,
    input: &AttachmentInput,
    uploads: &mut HashMap<AttachmentId, Upload>,
) -> Result<DraftAttachment, WireError> {
    let field = |name: &str| format!("attachments[{index}].{name}");
    let name = input.name.as_deref().unwrap_or_default();
    match (&input.data, &input.url, &input.id) {
        (Some(data), None, None) => attachment::decode(data, bounds.attachment_bytes)
            .and_then(|bytes| {
                attachment::check(name, bytes, types, bounds.attachment_bytes, bounds.name_chars)
            })
            .map(DraftAttachment::File)
            .map_err(|error| refused_attachment(&error, field("data"))),
        (None, Some(url), None) => {
            let url = SafeLink::absolute(url).ok_or_else(|| {
                WireError::invalid(field("url"), "Expected an http or https URL of at most 2048 bytes.")
            })?;
            let shown = if name.trim().is_empty() { url.as_str() } else { name };
            let name = PlainText::truncated(shown, bounds.name_chars)
                .unwrap_or_else(|| PlainText::file_name("link", bounds.name_chars));
            Ok(DraftAttachment::Link { name, url: url.into_string() })
        }
        // Each only once: taken out, it is not found a second time.
        (None, None, Some(id)) => AttachmentId::parse(id)
            .and_then(|id| uploads.remove(&id))
            .map(DraftAttachment::Uploaded)
            .ok_or_else(|| errors::upload_not_found(index)),
        _ => Err(WireError::invalid(
            format!("attachments[{index}]"),
            "Expected either `data` (base64), `url` or `id`.",
        )),
    }
}

pub(in crate::chat) fn refused_attachment(error: &AttachmentError, field: String) -> WireError {
    metrics::counter!(Metric::RefusedAttachments.name(), "reason" => error.reason()).increment(1);
    let code = match error {
        AttachmentError::TooLarge { .. } => ErrorCode::TooLarge,
        AttachmentError::UnsupportedType { .. } => ErrorCode::UnsupportedMediaType,
        AttachmentError::BadBase64 | AttachmentError::Empty => ErrorCode::InvalidPayload,
    };
    WireError::new(code, error.to_string()).with_field(field)
}

/// A digest over fields that are not a message's, for `clientTicketId`.
pub(in crate::chat) fn digest_of(
    key: &DigestKey,
    content: Option<&Content>,
    fields: &impl Serialize,
) -> ContentDigest {
    let fields = serde_json::to_vec(fields).unwrap_or_default();
    let content = content.map(|content| content.digest.as_bytes().as_slice());
    Digest::new(key).part(&fields).optional(content).finish()
}
