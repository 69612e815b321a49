//! Files: uploading them to a ticket, fetching them, and URLs that fetch one without a token.

use actix_web::{HttpRequest, get, http::StatusCode, post, web};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_actix_web::service_config::ServiceConfig;

use crate::{
    chat::{attachments::downloads::SignedAccess, sign_in::Session},
    domain::{Class, Timestamp},
    guard::Admitted,
    http::{
        Site,
        documents::openapi::Problems,
        request::{api::Api, path::ticket_id, query::query, upload_body},
        response::{
            answer::{self, Answered},
            problem::Problem,
            stored_file,
        },
    },
    protocol::objects::{ATTACHMENTS_PATH, AttachmentObject, Rfc3339},
    transport::origin::{bearer, client_address},
};

pub(super) fn configure(config: &mut ServiceConfig<'_>) {
    config.service(upload_attachment).service(get_attachment).service(sign_attachment);
}

/// What the file is called.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct Named {
    /// Goes before a name in `Content-Disposition`. Without either it is `file`.
    name: Option<String>,
}

/// A form with a file.
#[derive(ToSchema)]
#[expect(dead_code, reason = "a description for the document")]
struct Form {
    /// The first part with a file name; the field may be called anything.
    #[schema(value_type = String, format = Binary)]
    file: Vec<u8>,
}

/// Uploads a file that a message to this ticket carries later.
#[utoipa::path(
    tag = "attachments",
    params(("id" = String, Path, description = "The ticket"), Named),
    request_body(content((Vec<u8> = "application/octet-stream"), (Form = "multipart/form-data"))),
    responses((status = 201, description = "To be sent as `{\"id\":…}` within an hour", body = AttachmentObject), Problems)
)]
#[post("/tickets/{id}/attachments")]
async fn upload_attachment(api: Api, id: web::Path<String>, payload: web::Payload) -> Answered {
    let ticket_id = ticket_id(&id)?;
    let Named { name } = query(&api)?;
    let (session, admitted) = api.admit(Class::Message).await?;
    let announced = upload_body::announced(&api.request);
    let arriving = api.site.chat.begin_upload(&session, admitted, ticket_id, announced).await?;
    let attachment = upload_body::receive(&api, payload, name, arriving).await?;
    answer::object(StatusCode::CREATED, &AttachmentObject::from(&attachment))
}

/// What a signed URL carries.
#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
#[expect(dead_code, reason = "a description for the document")]
struct Signed {
    /// As it is in a signed URL; it stands for the token.
    #[param(value_type = Option<i64>)]
    expires: Option<i64>,
    /// As it is in a signed URL.
    #[param(value_type = Option<String>)]
    signature: Option<String>,
}

/// Fetches a file, whole or in part.
#[utoipa::path(
    tag = "attachments",
    params(("id" = String, Path, description = "The attachment"), Signed),
    responses(
        (status = 200, description = "The file", body = Vec<u8>, content_type = "*/*"),
        (status = 206, description = "A part of it", body = Vec<u8>, content_type = "*/*"),
        (status = 304, description = "As the caller has it"),
        (status = 416, description = "The part is not there", body = Problem),
        Problems
    ),
    security(("token" = []), ())
)]
#[get("/attachments/{id}")]
async fn get_attachment(request: HttpRequest, site: web::Data<Site>, id: web::Path<String>) -> Answered {
    let signed = signed_access(&request).filter(|_| bearer(&request).is_none());
    let is_signed = signed.is_some();
    let (session, admitted): (Session, Admitted) = match signed {
        Some(access) => site.chat.admit_signed(client_address(&site.network, &request), &id, &access).await?,
        None => Api::recognise(&request)?.admit(Class::History).await?,
    };
    let found = site.chat.download(&session, admitted, &id).await?;
    stored_file::send(&site.chat, &request, &found, is_signed).await
}

/// The signature in a URL, if there is one.
fn signed_access(request: &HttpRequest) -> Option<SignedAccess> {
    let field = |wanted: &str| {
        let mut fields = url::form_urlencoded::parse(request.query_string().as_bytes());
        fields.find(|(name, _)| name == wanted).map(|(_, value)| value.into_owned())
    };
    let signature = field("signature")?;
    // What is no time has been signed by nobody.
    let expires_at = Timestamp(field("expires").and_then(|it| it.parse().ok()).unwrap_or_default());
    Some(SignedAccess { signature, expires_at })
}

/// A URL that fetches a file by itself, for a while.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct SignedUrl {
    /// The path and query.
    url: String,
    /// Until when it works.
    #[schema(value_type = String)]
    expires_at: Rfc3339,
}

/// Makes a URL that fetches a file without a token, for five minutes, as what the caller may see then.
#[utoipa::path(
    tag = "attachments",
    params(("id" = String, Path, description = "The attachment")),
    responses((status = 200, description = "Signed", body = SignedUrl), Problems)
)]
#[post("/attachments/{id}/url")]
async fn sign_attachment(api: Api, id: web::Path<String>) -> Answered {
    let (session, admitted) = api.admit(Class::History).await?;
    let SignedAccess { signature, expires_at } = api.site.chat.sign(&session, admitted, &id).await?;
    let url = format!("{ATTACHMENTS_PATH}/{id}?expires={}&signature={signature}", expires_at.0);
    answer::object(StatusCode::OK, &SignedUrl { url, expires_at: Rfc3339(expires_at) })
}
