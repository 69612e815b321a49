//! Request bodies: JSON objects, bounded, and within the memory that all peers share.
//!
//! Owns the reading, which begins once the caller's token is known to be good, and how the fields of a path
//! join those of a body. What fields a command has is `protocol`'s.

use std::{
    borrow::Cow,
    time::{Duration, Instant},
};

use actix_web::{HttpMessage as _, HttpRequest, http::header, rt::time::timeout, web};
use futures_util::StreamExt as _;
use serde::de::DeserializeOwned;

use super::api::Api;
use crate::{
    domain::bounds::INLINE_BYTES,
    guard::BudgetShare,
    http::response::answer::ApiError,
    protocol::{Command, EncodedReply, ErrorCode, WireError, decode::at_fault},
};

/// A peer that sends nothing of its body for so long is given up,
const PAUSE: Duration = Duration::from_secs(30);

/// and one that has not sent all of it by then, for what came holds memory that others could use.
const DEADLINE: Duration = Duration::from_secs(120);

/// Why a body was not read to its end.
#[derive(Clone, Copy, Debug)]
pub(in crate::http) enum Broken {
    /// It did not come in time.
    Late,
    /// It broke off.
    Cut,
    /// It is over its bound.
    TooLarge,
    /// The memory that all peers share is spent.
    Spent,
}

impl From<Broken> for WireError {
    fn from(broken: Broken) -> Self {
        match broken {
            Broken::Late => Self::invalid("body", "The body did not come in time."),
            Broken::Cut => not_an_object(),
            Broken::TooLarge => Self::new(ErrorCode::TooLarge, "The body is over the limit."),
            Broken::Spent => Self::overloaded(),
        }
    }
}

/// Reads a body of at most `max` bytes, which `share` holds then.
pub(in crate::http) async fn collect(
    mut payload: web::Payload,
    max: usize,
    share: &BudgetShare,
) -> Result<Vec<u8>, Broken> {
    let mut bytes = Vec::new();
    let deadline = Instant::now() + DEADLINE;
    loop {
        let patience = PAUSE.min(deadline.saturating_duration_since(Instant::now()));
        let Some(chunk) = timeout(patience, payload.next()).await.map_err(|_| Broken::Late)? else {
            return Ok(bytes);
        };
        let chunk = chunk.map_err(|_| Broken::Cut)?;
        if bytes.len() + chunk.len() > max {
            return Err(Broken::TooLarge);
        }
        if !share.take(chunk.len()) {
            return Err(Broken::Spent);
        }
        bytes.extend_from_slice(&chunk);
    }
}

/// How long the body is, as its head says.
pub(in crate::http) fn announced(request: &HttpRequest) -> Option<usize> {
    request.headers().get(header::CONTENT_LENGTH)?.to_str().ok()?.parse().ok()
}

/// Whether the body is JSON, or of no type at all.
fn is_json(request: &HttpRequest) -> bool {
    !request.headers().contains_key(header::CONTENT_TYPE)
        || request.content_type().eq_ignore_ascii_case("application/json")
}

impl Api {
    /// Carries out the command of that name, with the fields that the path names and those of the body.
    pub(in crate::http) async fn run_with_body(
        &self,
        payload: web::Payload,
        name: &'static str,
        path: &[(&str, &str)],
    ) -> Result<EncodedReply, ApiError> {
        let (command, _share) = Body::read(self, payload).await?.into_command(name, path).await?;
        self.run(command).await
    }

    /// As [`Api::run_with_body`], without carrying it out.
    pub(in crate::http) async fn command(
        &self,
        payload: web::Payload,
        name: &'static str,
        path: &[(&str, &str)],
    ) -> Result<Command, ApiError> {
        let (command, _) = Body::read(self, payload).await?.into_command(name, path).await?;
        Ok(command)
    }
}

/// A JSON object, not parsed yet.
pub(in crate::http) struct Body<'a> {
    api: &'a Api,
    text: String,
    share: BudgetShare,
}

impl<'a> Body<'a> {
    /// Reads it whole.
    pub(in crate::http) async fn read(api: &'a Api, payload: web::Payload) -> Result<Self, ApiError> {
        let max = api.site.chat.bounds.frame_bytes;
        if announced(&api.request).is_some_and(|bytes| bytes > max) {
            return Err(too_large());
        }
        let share = BudgetShare::new(api.site.budget.clone());
        share.belongs_to(&api.identity.user.id);
        let bytes = collect(payload, max, &share).await.map_err(|broken| match broken {
            Broken::Late | Broken::Cut => api.malformed(broken.into()),
            Broken::TooLarge | Broken::Spent => WireError::from(broken).into(),
        })?;
        if !bytes.is_empty() && !is_json(&api.request) {
            let sentence = "Send the body as application/json.";
            return Err(api.malformed(WireError::new(ErrorCode::UnsupportedMediaType, sentence)));
        }
        let text = String::from_utf8(bytes).map_err(|_| api.malformed(not_an_object()))?;
        let trimmed = text.trim();
        let text = if trimmed.is_empty() { "{}".to_owned() } else { trimmed.to_owned() };
        if !text.starts_with('{') {
            return Err(api.malformed(not_an_object()));
        }
        Ok(Self { api, text, share })
    }

    /// The command of that name: the fields in `path` are put in front of the body's own. A body that
    /// names one of them again is refused.
    pub(in crate::http) async fn into_command(
        self,
        name: &'static str,
        path: &[(&str, &str)],
    ) -> Result<(Command, BudgetShare), ApiError> {
        let Self { api, text, share } = self;
        let text = with_fields(text, path);
        let decoded = if text.len() <= INLINE_BYTES {
            Command::decode(name, &text)
        } else {
            let decode = move || Command::decode(name, &text);
            actix_web::rt::task::spawn_blocking(decode).await.unwrap_or_else(|_| Err(WireError::overloaded()))
        };
        match decoded {
            Ok(command) => Ok((command, share)),
            Err(error) if error.field.as_deref() == Some("data") => Err(api.malformed(not_an_object())),
            Err(error) => Err(api.malformed(error)),
        }
    }

    /// The fields of what is no command, whose bodies are small.
    pub(in crate::http) fn into_fields<T: DeserializeOwned>(self) -> Result<T, ApiError> {
        if self.text.len() > INLINE_BYTES {
            return Err(too_large());
        }
        fields(&self.text).map_err(|error| self.api.malformed(error))
    }
}

/// The fields of a JSON object.
pub(in crate::http) fn fields<T: DeserializeOwned>(text: &str) -> Result<T, WireError> {
    if !text.starts_with('{') {
        return Err(not_an_object());
    }
    let mut json = serde_json::Deserializer::from_str(text);
    let fields = serde_path_to_error::deserialize(&mut json)
        .map_err(|error| at_fault(&error.path().to_string(), &error.inner().to_string()))?;
    json.end().map_err(|_| not_an_object())?;
    Ok(fields)
}

pub(in crate::http) fn not_an_object() -> WireError {
    WireError::invalid("body", "The body must be a JSON object.")
}

fn too_large() -> ApiError {
    WireError::from(Broken::TooLarge).into()
}

/// `{"name":"value",…}` and behind it what `object` has.
pub(in crate::http) fn with_fields(object: String, fields: &[(&str, &str)]) -> String {
    if fields.is_empty() {
        return object;
    }
    let quoted = |text: &str| serde_json::Value::from(text).to_string();
    let named: Vec<String> =
        fields.iter().map(|(name, value)| format!("{}:{}", quoted(name), quoted(value))).collect();
    let rest = object[1..].trim_start();
    let separator: Cow<'_, str> = if rest.starts_with('}') { "".into() } else { ",".into() };
    format!("{{{}{separator}{rest}", named.join(","))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_of_the_path_come_before_those_of_the_body() {
        assert_eq!(with_fields("{}".into(), &[]), "{}");
        assert_eq!(with_fields("{ }".into(), &[("a", "1")]), r#"{"a":"1"}"#);
        assert_eq!(with_fields(r#"{ "b":2}"#.into(), &[("a", "\"")]), r#"{"a":"\"","b":2}"#);
    }

    #[test]
    fn a_body_that_names_a_field_of_the_path_again_is_refused() {
        let text = with_fields(r#"{"ticketId":"2"}"#.into(), &[("ticketId", "1")]);
        assert_eq!(Command::decode("get_ticket", &text).unwrap_err().field.as_deref(), Some("ticketId"));
    }
}
