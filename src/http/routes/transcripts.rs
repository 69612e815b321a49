//! Transcripts of tickets, as files.

use actix_web::{
    HttpResponse, get,
    http::header::{self, ContentDisposition, DispositionParam, DispositionType},
    web,
};
use futures_util::TryStreamExt as _;
use serde::Deserialize;
use utoipa::{IntoParams, ToSchema};
use utoipa_actix_web::service_config::ServiceConfig;

use crate::{
    chat::transcripts,
    domain::Class,
    http::{
        documents::openapi::Problems,
        request::{api::Api, path::ticket_id, query::query},
        response::answer::{Answered, ApiError},
    },
};

pub(super) fn configure(config: &mut ServiceConfig<'_>) {
    config.service(get_transcript);
}

/// How a transcript looks.
#[derive(Clone, Copy, Default, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
enum TranscriptFormat {
    /// `{ticket, messages, events}`, with the objects of the protocol.
    #[default]
    Json,
    /// A page that loads and runs nothing.
    Html,
    /// Plain text.
    Txt,
}

impl TranscriptFormat {
    fn parts(self) -> (transcripts::Format, &'static str, &'static str) {
        match self {
            Self::Json => (transcripts::Format::Json, "application/json", "json"),
            Self::Html => (transcripts::Format::Html, "text/html; charset=utf-8", "html"),
            Self::Txt => (transcripts::Format::Text, "text/plain; charset=utf-8", "txt"),
        }
    }
}

/// Which transcript.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct TranscriptQuery {
    /// How it looks; `json` if it is not given.
    #[serde(default)]
    #[param(inline, value_type = Option<TranscriptFormat>)]
    format: TranscriptFormat,
    /// With the notes between agents, for those who see them.
    #[serde(default)]
    #[param(value_type = Option<bool>)]
    internal: bool,
}

/// Whatever is in the page, it runs and loads nothing.
const POLICY: &str =
    "sandbox; default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'";

/// The transcript of a ticket, as a file.
#[utoipa::path(
    tag = "tickets",
    params(("id" = String, Path, description = "The ticket"), TranscriptQuery),
    responses(
        (status = 200, content(
            (serde_json::Value = "application/json"),
            (String = "text/html; charset=utf-8"),
            (String = "text/plain; charset=utf-8"),
        )),
        Problems
    )
)]
#[get("/tickets/{id}/transcript")]
async fn get_transcript(api: Api, id: web::Path<String>) -> Answered {
    let ticket_id = ticket_id(&id)?;
    let TranscriptQuery { format, internal } = query(&api)?;
    let (format, media_type, extension) = format.parts();
    let (session, admitted) = api.admit(Class::History).await?;
    let transcript = api.site.chat.transcript(&session, admitted, ticket_id, format, internal).await;
    let file = DispositionParam::Filename(format!("ticket-{ticket_id}.{extension}"));
    let disposition = ContentDisposition { disposition: DispositionType::Attachment, parameters: vec![file] };
    Ok(HttpResponse::Ok()
        .content_type(media_type)
        .insert_header(disposition)
        .insert_header((header::CONTENT_SECURITY_POLICY, POLICY))
        .insert_header((header::CACHE_CONTROL, "no-store"))
        .streaming(transcript.map_err(ApiError::from)?.map_err(std::io::Error::other)))
}
