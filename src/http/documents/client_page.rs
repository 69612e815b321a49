//! `GET /`: the example client, the same file that can be opened from disk.
//!
//! Owns its content security policy: exactly the page's own script and style run.

use std::sync::LazyLock;

use actix_web::{HttpResponse, http::header};

use crate::guard::crypto::encoding::sha256_base64;

const PAGE: &str = include_str!("../../../examples/websocket-chat-client.html");

/// The page lets its user name a server, so it may connect anywhere; nothing else may load.
static POLICY: LazyLock<String> = LazyLock::new(|| {
    format!(
        "default-src 'none'; script-src {}; style-src {}; img-src blob: data:; media-src blob:; \
         connect-src 'self' http: https: ws: wss:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
        hash("script"),
        hash("style"),
    )
});

/// The source expression for the page's one inline element of that name (CSP Level 3, section 2.3.1).
fn hash(element: &str) -> String {
    let inline = PAGE
        .split_once(&format!("<{element}>"))
        .and_then(|(_, rest)| rest.split_once(&format!("</{element}>")))
        .map(|(inline, _)| inline);
    inline.map_or_else(
        || "'none'".to_owned(),
        |inline| format!("'sha256-{}'", sha256_base64(inline.as_bytes())),
    )
}

/// The page.
pub(in crate::http) async fn client() -> HttpResponse {
    HttpResponse::Ok()
        .insert_header((header::CONTENT_TYPE, "text/html; charset=utf-8"))
        .insert_header((header::CONTENT_SECURITY_POLICY, POLICY.as_str()))
        .insert_header((header::CACHE_CONTROL, "no-cache"))
        .body(PAGE)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_policy_names_the_pages_script_and_style() {
        assert_eq!(POLICY.matches("'sha256-").count(), 2, "{}", *POLICY);
    }

    #[test]
    fn the_page_has_no_inline_handlers_or_styles_that_the_policy_would_block() {
        let markup = PAGE.split_once("<script>").map_or(PAGE, |(before, _)| before);
        for forbidden in [" onclick=", " onload=", " onsubmit=", " style=", "javascript:"] {
            assert!(!markup.contains(forbidden), "{forbidden}");
        }
        assert_eq!(PAGE.matches("<script").count(), 1);
    }
}
