//! `GET /api/attachments/{id}`: the bytes, for those who may see the message that carries them.
//!
//! Owns the headers that keep a stored file from acting in the page's name.

use actix_web::{
    HttpResponse,
    body::SizedStream,
    http::header::{self, ContentDisposition, DispositionParam, DispositionType},
    web,
};
use futures_util::TryStreamExt;

use super::{
    answer::{Answered, Refused},
    caller::Api,
};
use crate::{
    domain::{Attachment, Class},
    guard::attachment::is_inline,
};

/// Sends an attachment.
pub(super) async fn download(api: Api, id: web::Path<String>) -> Answered {
    let (session, admitted) = api.admit(Class::History).await?;
    let (attachment, bytes) = api.site.chat.download(&session, admitted, &id).await.map_err(Refused::from)?;
    let size = bytes.size();
    let stream = bytes.inspect_err(|error| tracing::error!(%error, "a download broke off"));
    let mut response = HttpResponse::Ok();
    for (name, value) in headers(&attachment) {
        response.insert_header((name, value));
    }
    Ok(response
        .insert_header(disposition(&attachment))
        .body(SizedStream::new(size, stream.map_err(std::io::Error::other))))
}

/// A stored file is never run, whatever a browser takes it for.
fn headers(attachment: &Attachment) -> [(header::HeaderName, String); 4] {
    [
        (header::CONTENT_TYPE, attachment.media_type.clone()),
        (header::CONTENT_SECURITY_POLICY, "sandbox; default-src 'none'".to_owned()),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff".to_owned()),
        // It may be seen by this user only, and never changes.
        (header::CACHE_CONTROL, "private, max-age=31536000, immutable".to_owned()),
    ]
}

fn disposition(attachment: &Attachment) -> ContentDisposition {
    let disposition =
        if is_inline(&attachment.media_type) { DispositionType::Inline } else { DispositionType::Attachment };
    ContentDisposition { disposition, parameters: vec![filename(&attachment.name)] }
}

/// RFC 6266: a plain name as it is, any other one as `filename*` (RFC 5987).
fn filename(name: &str) -> DispositionParam {
    if name.is_ascii() {
        return DispositionParam::Filename(name.to_owned());
    }
    DispositionParam::FilenameExt(header::ExtendedValue {
        charset: header::Charset::Ext("UTF-8".to_owned()),
        language_tag: None,
        value: name.as_bytes().to_vec(),
    })
}
