//! Bodies that are files: raw, or the first file of a form.
//!
//! Owns the reading in pieces, within the memory that all peers share, and how long it may take. What becomes
//! of the bytes is `chat`'s.

use std::{cell::Cell, rc::Rc, time::Duration};

use actix_multipart::{Field, Multipart};
use actix_web::{
    HttpMessage as _, HttpRequest,
    error::PayloadError,
    http::header::{self, ContentDisposition},
    web,
};
use futures_util::{Stream, StreamExt as _};
use tokio::time::timeout;

use super::{api::Api, body};
use crate::{
    blobs::PIECE,
    chat::attachments::uploads::Arriving,
    domain::Attachment,
    guard::BudgetShare,
    http::response::answer::ApiError,
    protocol::{ErrorCode, WireError},
};

/// What a form may hold besides the file: other fields, headers, what comes before and between; and what
/// the parser has read ahead.
const BESIDES: usize = 256 * 1024;

/// Why a body could not be read.
type Failed = WireError;

/// The least that the file's size can be, by what the request's head says.
pub(in crate::http) fn announced(request: &HttpRequest) -> usize {
    let length = body::announced(request).unwrap_or(0);
    if is_form(request) { length.saturating_sub(BESIDES) } else { length }
}

fn is_form(request: &HttpRequest) -> bool {
    request.content_type().eq_ignore_ascii_case("multipart/form-data")
}

/// Reads the file and keeps it. Of the names, the query's goes before that of a header.
pub(in crate::http) async fn receive(
    api: &Api,
    payload: web::Payload,
    name: Option<String>,
    mut arriving: Arriving,
) -> Result<Attachment, ApiError> {
    let share = BudgetShare::new(api.site.budget.clone());
    share.belongs_to(&api.identity.user.id);
    // The piece, the head that is kept, and what is read ahead.
    if !share.take(2 * PIECE) {
        let error = WireError::overloaded();
        arriving.fail(&error);
        return Err(error.into());
    }
    let reading = Reading { idle: api.site.timing.upload_idle_timeout, arriving: &mut arriving };
    let reading = async {
        if is_form(&api.request) {
            reading.form(&api.request, payload).await
        } else {
            let named = api.request.headers().get(header::CONTENT_DISPOSITION);
            let named = named.and_then(|value| ContentDisposition::from_raw(value).ok());
            reading.all(payload).await.map(|()| named.as_ref().and_then(file_name))
        }
    };
    let read = timeout(api.site.timing.upload_timeout, reading).await.unwrap_or_else(|_| Err(too_slow()));
    match read {
        Ok(named) => Ok(arriving.finish(name.or(named).unwrap_or_default()).await?),
        Err(error) => {
            arriving.fail(&error);
            Err(error.into())
        }
    }
}

/// A file on its way.
struct Reading<'a> {
    /// For how long nothing may come.
    idle: Duration,
    arriving: &'a mut Arriving,
}

impl Reading<'_> {
    /// The next of a stream.
    async fn next<T, E: std::fmt::Display>(
        &self,
        stream: &mut (impl Stream<Item = Result<T, E>> + Unpin),
    ) -> Result<Option<T>, Failed> {
        match timeout(self.idle, stream.next()).await {
            Ok(Some(Ok(item))) => Ok(Some(item)),
            Ok(Some(Err(error))) => {
                tracing::debug!(%error, "an upload could not be read");
                Err(WireError::invalid("body", "The body could not be read to its end."))
            }
            Ok(None) => Ok(None),
            Err(_) => Err(too_slow()),
        }
    }

    /// Takes all bytes of a stream.
    async fn all<E: std::fmt::Display>(
        self,
        mut stream: impl Stream<Item = Result<web::Bytes, E>> + Unpin,
    ) -> Result<(), Failed> {
        while let Some(bytes) = self.next(&mut stream).await? {
            self.arriving.write(&bytes).await?;
        }
        Ok(())
    }

    /// Takes the first file of a form, and gives its name. Other fields are passed over.
    async fn form(self, request: &HttpRequest, payload: web::Payload) -> Result<Option<String>, Failed> {
        let (arrived, kept) = (Rc::new(Cell::new(0_usize)), Rc::new(Cell::new(0_usize)));
        let counted = bounded(payload, arrived, Rc::clone(&kept));
        let mut parts = Multipart::new(request.headers(), counted);
        let mut file = loop {
            match self.next(&mut parts).await? {
                Some(part) if is_file(&part) => break part,
                Some(_) => {}
                None => return Err(WireError::invalid("body", "There is no file in the form.")),
            }
        };
        while let Some(bytes) = self.next(&mut file).await? {
            kept.set(kept.get().saturating_add(bytes.len()));
            self.arriving.write(&bytes).await?;
        }
        let named = file.content_disposition().and_then(file_name);
        drop(file);
        // To its end, for a form that is cut off may be another one than was meant.
        while self.next(&mut parts).await?.is_some() {}
        Ok(named)
    }
}

/// Breaks off when more came besides what is `kept` than a form may hold: preambles and headers are read
/// without an end of their own. What has just arrived may be the file's, so it counts the next time.
fn bounded(
    payload: web::Payload,
    arrived: Rc<Cell<usize>>,
    kept: Rc<Cell<usize>>,
) -> impl Stream<Item = Result<web::Bytes, PayloadError>> + 'static {
    payload.map(move |bytes| {
        let bytes = bytes?;
        if arrived.get().saturating_sub(kept.get()) > BESIDES {
            return Err(PayloadError::Overflow);
        }
        arrived.set(arrived.get().saturating_add(bytes.len()));
        Ok(bytes)
    })
}

fn is_file(part: &Field) -> bool {
    let disposition = part.content_disposition();
    disposition.is_some_and(|it| it.get_filename().is_some() || it.get_filename_ext().is_some())
}

/// RFC 6266, section 4.3: the extended form goes before the plain one.
fn file_name(disposition: &ContentDisposition) -> Option<String> {
    let extended = disposition.get_filename_ext().map(|it| String::from_utf8_lossy(&it.value).into_owned());
    extended.or_else(|| disposition.get_filename().map(str::to_owned))
}

fn too_slow() -> Failed {
    WireError::new(ErrorCode::InvalidPayload, "The file did not arrive in time.").with_field("body")
}
