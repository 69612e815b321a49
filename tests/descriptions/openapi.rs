//! The OpenAPI document, and the page that shows it.

use std::io::Read as _;

use deskwire::{domain::Role, protocol::Command};
use serde_json::Value;

use super::{assert_examples, assert_references};
use crate::{
    harness::{Answer, TestApp, http::get, raw},
    on_each_database,
};

fn document() -> Value {
    serde_json::from_str(&deskwire::http::openapi_document()).unwrap()
}

#[test]
fn every_reference_leads_somewhere_and_every_example_is_of_its_schema() {
    assert_references(&document());
    assert_examples(&document());
}

#[test]
fn every_operation_has_a_name_of_its_own_a_tag_and_a_described_success() {
    let document = document();
    let mut names = std::collections::BTreeSet::new();
    for (path, item) in document["paths"].as_object().unwrap() {
        for (method, operation) in item.as_object().unwrap().iter().filter(|(_, it)| it.is_object()) {
            let name =
                operation["operationId"].as_str().unwrap_or_else(|| panic!("{method} {path} has no name"));
            assert!(names.insert(name.to_owned()), "{name} is the name of two operations");
            assert!(operation["tags"][0].is_string(), "{method} {path} has no tag");
            let responses = operation["responses"].as_object().unwrap();
            assert!(responses.keys().any(|status| status.starts_with('2')), "{method} {path} cannot succeed");
            assert!(responses.contains_key("401"), "{method} {path} does not say how it refuses");
        }
    }
    assert!(names.contains("send_message"), "the operations are not read as they are written: {names:?}");
}

#[test]
fn every_request_that_a_command_declares_is_an_operation() {
    let document = document();
    for entry in Command::CATALOGUE {
        let Some(route) = entry.route else { continue };
        let method = route.method.as_str().to_ascii_lowercase();
        let operation = &document["paths"][format!("/api{}", route.path)][&method];
        assert!(operation.is_object(), "{} is not described", entry.command.name);
        if !route.is_own {
            assert_eq!(operation["operationId"], entry.command.name);
            assert_eq!(operation["tags"], serde_json::json!([route.tag]));
        }
    }
}

on_each_database! {
    async fn the_documents_are_served_to_anyone_as_they_are_made(database) {
        let app = TestApp::start(database).await;
        let served = app.anonymous_api().get("/api/openapi.json").await;
        assert_eq!(served.expect(200), document());
        let served = app.anonymous_api().get("/api/asyncapi.json").await;
        assert_eq!(served.expect(200)["asyncapi"], "3.0.0");
        assert_eq!(app.api("alex", Role::Agent).send("DELETE", "/api/openapi.json", None).await.status, 405);
    }
}

on_each_database! {
    /// Everything that the page names is served, and its policy lets nothing of others in.
    async fn the_page_of_the_api_loads_its_own_files_alone(database) {
        let app = TestApp::start(database).await;
        let moved = get(app.address, "/api/docs", &[]).await;
        assert_eq!((moved.status, moved.header("location")), (308, Some("/api/docs/")));
        let page = get(app.address, "/api/docs/", &[]).await;
        assert_eq!(page.status, 200);
        let policy = page.header("content-security-policy").unwrap();
        assert!(policy.starts_with("default-src 'none'; script-src 'self';"), "{policy}");
        assert!(!policy.contains("http:") && !policy.contains("https:") && !policy.contains('*'), "{policy}");
        let html = page_text(&page);
        let names = html.split(['"', '\'']).filter(|it| it.ends_with(".js") || it.ends_with(".css") || it.ends_with(".png"));
        let names: Vec<&str> = names.map(|it| it.trim_start_matches("./")).collect();
        assert!(names.len() >= 5, "the page is not read as it is written: {html}");
        for name in names {
            let file = get(app.address, &format!("/api/docs/{name}"), &[]).await;
            assert_eq!(file.status, 200, "{name}");
            assert_eq!(file.header("x-content-type-options"), Some("nosniff"));
        }
        for absent in ["/api/docs/oauth2-redirect.html", "/api/docs/../openapi.json", "/api/docs/%2e%2e/x"] {
            assert_ne!(raw::http(app.address, "GET", absent, &[]).await.status, 500, "{absent}");
        }
        assert_eq!(get(app.address, "/api/docs/oauth2-redirect.html", &[]).await.status, 404);
    }
}

/// The page, which is sent compressed.
fn page_text(page: &Answer) -> String {
    assert_eq!(page.header("content-encoding"), Some("gzip"));
    let mut html = String::new();
    flate2::read::GzDecoder::new(&*page.body).read_to_string(&mut html).unwrap();
    html
}
