//! `GET /api/docs/`: the API's description as a page, where requests can be tried out.
//!
//! Owns which files of the page are served, and its content security policy. What the page shows is the
//! document.

use std::{
    borrow::Cow,
    sync::{Arc, LazyLock},
};

use actix_web::{HttpResponse, http::header, web};
use bytes::Bytes;
use utoipa_swagger_ui::Config;

use crate::http::response::problem::no_such_path;

/// The page's own files and the API of this server, and nothing of any other. Its styles are set by
/// attributes and elements that its script makes, which no hash could name; images are in its styles.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; \
    img-src 'self' data:; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/// No address bar: the page can load no other document. A token that was typed in is not kept.
static CONFIG: LazyLock<Arc<Config<'static>>> = LazyLock::new(|| {
    let config = Config::from("/api/openapi.json").use_base_layout().display_request_duration(true);
    Arc::new(config.display_operation_id(true).doc_expansion("none"))
});

/// What the page does besides: its library looks at the colours that someone prefers only in the bar that
/// is left out.
const SCRIPT: &[u8] = b"
document.title = 'Deskwire: the HTTP API';
const dark = matchMedia('(prefers-color-scheme: dark)');
const follow = () => document.documentElement.classList.toggle('dark-mode', dark.matches);
dark.addEventListener('change', follow);
follow();
";

/// The file that starts the page.
const INITIALIZER: &str = "swagger-initializer.js";

/// The files that the page loads; the others of its library are for other pages.
const FILES: [&str; 7] = [
    "favicon-16x16.png",
    "favicon-32x32.png",
    "index.css",
    INITIALIZER,
    "swagger-ui-bundle.js",
    "swagger-ui-standalone-preset.js",
    "swagger-ui.css",
];

/// The page's files are relative to this path with a slash behind it.
pub(in crate::http) async fn redirect() -> HttpResponse {
    HttpResponse::PermanentRedirect().insert_header((header::LOCATION, "/api/docs/")).finish()
}

/// The page.
pub(in crate::http) async fn page() -> HttpResponse {
    file("index.html").await
}

/// One of its files.
pub(in crate::http) async fn asset(name: web::Path<String>) -> HttpResponse {
    if FILES.contains(&name.as_str()) { file(&name).await } else { no_such_path().await }
}

async fn file(name: &str) -> HttpResponse {
    let Ok(Some(file)) = utoipa_swagger_ui::serve(name, CONFIG.clone()) else {
        return no_such_path().await;
    };
    let mut response = HttpResponse::Ok();
    if file.gzpipped {
        response.insert_header(header::ContentEncoding::Gzip);
    }
    response
        .content_type(file.content_type)
        .insert_header((header::CONTENT_SECURITY_POLICY, POLICY))
        .insert_header((header::CACHE_CONTROL, "private, max-age=3600"))
        .body(match file.bytes {
            Cow::Borrowed(bytes) => Bytes::from_static(bytes),
            Cow::Owned(bytes) if name == INITIALIZER => Bytes::from([&bytes, SCRIPT].concat()),
            Cow::Owned(bytes) => Bytes::from(bytes),
        })
}
