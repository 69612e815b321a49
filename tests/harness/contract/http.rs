//! Requests and responses, held against the OpenAPI document.

use std::sync::LazyLock;

use serde_json::Value;

use super::schemas::{Schemas, shortened};

static CONTRACT: LazyLock<Contract> = LazyLock::new(|| {
    let document: Value = serde_json::from_str(&deskwire::http::openapi_document()).unwrap();
    Contract { schemas: Schemas::of(&document), paths: document["paths"].clone() }
});

struct Contract {
    schemas: Schemas,
    paths: Value,
}

/// The descriptions themselves and their page are not described.
const UNDESCRIBED: [&str; 3] = ["/api/docs", "/api/openapi.json", "/api/asyncapi.json"];

/// A request and its response.
pub struct Exchange<'a> {
    /// `GET`, …
    pub method: &'a str,
    /// With its query.
    pub path: &'a str,
    /// The request's.
    pub sent_type: Option<&'a str>,
    /// The request's.
    pub sent: &'a [u8],
    /// The response's.
    pub status: u16,
    /// The response's.
    pub media_type: Option<&'a str>,
    /// The response's.
    pub body: &'a [u8],
}

/// Checks what was exchanged with the API.
///
/// # Panics
/// If it is not as it is described.
pub fn check_http(exchange: &Exchange<'_>) {
    let path = exchange.path.split(['?', '#']).next().unwrap_or_default();
    let is_described = !UNDESCRIBED.iter().any(|prefix| path.starts_with(prefix));
    if path.starts_with("/api/")
        && is_described
        && exchange.method != "OPTIONS"
        && let Some(fault) = CONTRACT.fault(path, exchange)
    {
        let Exchange { method, path, status, body, .. } = exchange;
        let body = shortened(&String::from_utf8_lossy(body));
        panic!("{method} {path} is not as described: {fault}\nanswered {status}: {body}");
    }
}

impl Contract {
    /// The description of a path: of several that match the one with the fewest variables.
    fn template(&self, path: &str) -> Option<(&String, &Value)> {
        let matching = self.paths.as_object().unwrap().iter().filter(|(template, _)| matches(template, path));
        matching.min_by_key(|(template, _)| template.matches('{').count())
    }

    fn fault(&self, path: &str, exchange: &Exchange<'_>) -> Option<String> {
        let Some((template, item)) = self.template(path) else {
            return (exchange.status != 404).then(|| "there is no such path".to_owned());
        };
        // Streams are answered to `GET` alone, and what a path does not answer is not described.
        if exchange.method == "HEAD" && exchange.status == 405 {
            return None;
        }
        let method = if exchange.method == "HEAD" { "GET" } else { exchange.method };
        let Some(operation) = item.get(method.to_ascii_lowercase()) else {
            return (!matches!(exchange.status, 404 | 405)).then(|| "there is no such method".to_owned());
        };
        let key = format!("{method} {template}");
        let sent = || if exchange.status < 300 { self.sent_fault(&key, operation, exchange) } else { None };
        self.answer_fault(&key, operation, exchange).or_else(sent)
    }

    fn answer_fault(&self, key: &str, operation: &Value, exchange: &Exchange<'_>) -> Option<String> {
        let Some(response) = operation["responses"].get(exchange.status.to_string()) else {
            return Some("it does not answer so".to_owned());
        };
        if exchange.body.is_empty() {
            return None;
        }
        let media_type = essence(exchange.media_type.unwrap_or_default());
        let content = response["content"].as_object().into_iter().flatten();
        let mut content = content.into_iter();
        let described =
            content.find(|(described, _)| matches!(essence(described), it if it == media_type || it == ANY));
        match described {
            None => Some(format!("it has no body of type {media_type:?}")),
            Some((_, described)) if media_type == "application/json" => {
                let Ok(body) = serde_json::from_slice(exchange.body) else {
                    return Some("the body is not JSON".to_owned());
                };
                self.schemas.fault(&format!("{key} {}", exchange.status), &described["schema"], &body)
            }
            Some(_) => None,
        }
    }

    fn sent_fault(&self, key: &str, operation: &Value, exchange: &Exchange<'_>) -> Option<String> {
        let is_json =
            exchange.sent_type.is_none_or(|it| essence(it).eq_ignore_ascii_case("application/json"));
        let sent: Value = serde_json::from_slice(exchange.sent).ok().filter(|_| is_json)?;
        let content = &operation["requestBody"]["content"]["application/json"];
        if content.is_null() {
            return (sent != serde_json::json!({})).then(|| "it takes no body".to_owned());
        }
        let fault = self.schemas.fault_of_sent(&format!("{key} sent"), &content["schema"], &sent)?;
        Some(format!("the request's body, {}: {fault}", shortened(&sent.to_string())))
    }
}

/// Files have types of their own.
const ANY: &str = "*/*";

/// A media type without its parameters.
fn essence(media_type: &str) -> &str {
    media_type.split(';').next().unwrap_or_default().trim()
}

fn matches(template: &str, path: &str) -> bool {
    let (mut wanted, mut given) = (template.split('/'), path.split('/'));
    loop {
        match (wanted.next(), given.next()) {
            (None, None) => return true,
            (Some(variable), Some(value)) if variable.starts_with('{') && !value.is_empty() => {}
            (Some(wanted), Some(given)) if wanted == given => {}
            _ => return false,
        }
    }
}
