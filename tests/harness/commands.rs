//! Commands of the socket, carried over HTTP as they declare it.

use deskwire::protocol::{
    Command,
    spec::{Method, Route},
};
use serde_json::{Map, Value};

use super::{Answer, Api};

impl Api {
    /// Does over HTTP what a command of the socket does; `None` where only a connection can.
    pub async fn command(&self, name: &str, data: &Value) -> Option<Answer> {
        let (method, path, body) = route(name, data)?;
        Some(self.send(method, &path, body).await)
    }
}

/// The request of a command: its path's fields in the path, the others in a query or a body.
fn route(command: &str, data: &Value) -> Option<(&'static str, String, Option<Value>)> {
    let entry = Command::CATALOGUE.iter().find(|entry| entry.command.name == command)?;
    let mut rest = data.as_object().unwrap().clone();
    let (method, mut path) = request(entry.route?, &rest);
    for (variable, field) in entry.route?.variables() {
        let value = rest.remove(field).unwrap_or_default();
        path = path.replace(&format!("{{{variable}}}"), &text(&value));
    }
    let path = format!("/api{path}");
    Some(match method {
        Method::Get => (method.as_str(), path + &query(&rest), None),
        _ if entry.has_fields_outside_path() => (method.as_str(), path, Some(rest.into())),
        _ => (method.as_str(), path, None),
    })
}

/// What would be replaced, if it were named, is made new.
fn request(route: Route, data: &Map<String, Value>) -> (Method, String) {
    match route.path.strip_suffix("/{id}") {
        Some(all) if route.method == Method::Put && !data.contains_key("id") => {
            (Method::Post, all.to_owned())
        }
        _ => (route.method, route.path.to_owned()),
    }
}

/// Percent-encoded, whatever it is.
pub fn encoded(text: &str) -> String {
    url::form_urlencoded::byte_serialize(text.as_bytes()).collect::<String>().replace('+', "%20")
}

fn text(value: &Value) -> String {
    encoded(value.as_str().unwrap_or(&value.to_string()))
}

fn query(fields: &Map<String, Value>) -> String {
    let pairs: Vec<String> = fields
        .iter()
        .map(|(name, value)| match value {
            // The one list in a query has a name of its own there.
            Value::Array(ids) => {
                assert_eq!(name, "userIds");
                let ids: Vec<&str> = ids.iter().map(|id| id.as_str().unwrap()).collect();
                format!("ids={}", encoded(&ids.join(",")))
            }
            value => format!("{name}={}", text(value)),
        })
        .collect();
    if pairs.is_empty() { String::new() } else { format!("?{}", pairs.join("&")) }
}
