//! Stored files as responses: whole, in part, or not at all because the caller has them.
//!
//! Owns the headers that keep a stored file from acting in the page's name, and what a cache may do with it.
//! Who may have which file is `chat`'s.

use std::ops::Range;

use actix_web::{
    HttpRequest, HttpResponse, HttpResponseBuilder,
    body::SizedStream,
    http::{
        StatusCode,
        header::{
            self, ContentDisposition, ContentRange, ContentRangeSpec, DispositionParam, DispositionType,
            EntityTag, Header as _, IfRange,
        },
    },
};
use futures_util::TryStreamExt;

use super::{
    answer::{Answered, is_known},
    problem::problem,
};
use crate::{
    chat::{Chat, attachments::downloads::Download},
    domain::Attachment,
    guard::files::attachment::is_inline,
    http::request::range::{RangeRequest, wanted},
    protocol::WireError,
};

/// Sends a file, as the request's conditions and range have it. One that was fetched with a signature may be
/// shown by pages of other origins: whoever has the URL may see it.
pub(in crate::http) async fn send(
    chat: &Chat,
    request: &HttpRequest,
    download: &Download,
    is_signed: bool,
) -> Answered {
    let tag = EntityTag::new_strong(download.tag.clone());
    if is_known(request, &tag) {
        return Ok(begin(StatusCode::NOT_MODIFIED, tag, is_signed).finish());
    }
    let size = download.size();
    let (status, range) = match asked(request, &tag, size) {
        RangeRequest::Whole => (StatusCode::OK, 0..size),
        RangeRequest::Part(range) => (StatusCode::PARTIAL_CONTENT, range),
        RangeRequest::Nothing => return Ok(unsatisfiable(size)),
    };
    let bytes = chat.bytes(download, range.clone()).await?;
    let length = bytes.size();
    let stream = bytes.inspect_err(|error| tracing::error!(%error, "a download broke off"));
    let mut response = begin(status, tag, is_signed);
    if status == StatusCode::PARTIAL_CONTENT {
        response.insert_header(content_range(Some(range), size));
    }
    Ok(response
        .insert_header((header::CONTENT_TYPE, download.attachment.media_type.as_str()))
        .insert_header(disposition(&download.attachment))
        .body(SizedStream::new(length, stream.map_err(std::io::Error::other))))
}

/// What the range is, if the file is the one that the caller has a part of.
fn asked(request: &HttpRequest, tag: &EntityTag, size: u64) -> RangeRequest {
    let range = request.headers().get(header::RANGE);
    let Some(range) = range.and_then(|range| range.to_str().ok()) else { return RangeRequest::Whole };
    if request.headers().contains_key(header::IF_RANGE) {
        match IfRange::parse(request) {
            Ok(IfRange::EntityTag(known)) if known.strong_eq(tag) => {}
            _ => return RangeRequest::Whole,
        }
    }
    wanted(range, size)
}

/// What every answer about a file carries. A stored file is never run, whatever a browser takes it for.
fn begin(status: StatusCode, tag: EntityTag, is_signed: bool) -> HttpResponseBuilder {
    let mut response = HttpResponse::build(status);
    response
        .insert_header(header::ETag(tag))
        // It may be seen by this user only, and not any more once its message is deleted.
        .insert_header((header::CACHE_CONTROL, "private, no-cache"))
        .insert_header((header::ACCEPT_RANGES, "bytes"))
        .insert_header((header::CONTENT_SECURITY_POLICY, "sandbox; default-src 'none'"))
        .insert_header((header::X_CONTENT_TYPE_OPTIONS, "nosniff"));
    if is_signed {
        response.insert_header(("Cross-Origin-Resource-Policy", "cross-origin"));
    }
    response
}

fn unsatisfiable(size: u64) -> HttpResponse {
    let mut response = problem(&WireError::invalid("Range", "This part of the file is not there."));
    *response.status_mut() = StatusCode::RANGE_NOT_SATISFIABLE;
    if let Ok(value) = header::HeaderValue::try_from(content_range(None, size).to_string()) {
        response.headers_mut().insert(header::CONTENT_RANGE, value);
    }
    response
}

fn content_range(range: Option<Range<u64>>, size: u64) -> ContentRange {
    // The last byte is included.
    let range = range.map(|range| (range.start, range.end.saturating_sub(1)));
    ContentRange(ContentRangeSpec::Bytes { range, instance_length: Some(size) })
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
