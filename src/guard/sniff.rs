//! What a file is, by its bytes.
//!
//! Owns infer and the few rules around it. Does not know which types are welcome.
//!
//! The rules, in this order:
//! 1. Valid UTF-8 without NUL is text. Text that starts like HTML, SVG or XML (after white space, a byte
//!    order mark and comments) is that, so an SVG is never taken for an image or for plain text.
//! 2. Other text is what infer sees in it (PDF, RTF, PostScript, PEM, shell script …), except for image,
//!    audio, video and program formats: their signatures are two or three letters ("BM", "ID3", "MZ")
//!    that a sentence may start with, and a real such file always holds bytes that text does not.
//! 3. Other bytes are what infer sees, else `application/octet-stream`.

use infer::MatcherType;

const TEXT: &str = "text/plain";
const HTML: &str = "text/html";
const SVG: &str = "image/svg+xml";
const XML: &str = "text/xml";
const UNKNOWN: &str = "application/octet-stream";

/// The media type of a file.
pub(super) fn media_type(bytes: &[u8]) -> &'static str {
    let text = if bytes.contains(&0) { None } else { std::str::from_utf8(bytes).ok() };
    let seen = infer::get(bytes);
    match (text, seen) {
        (Some(text), _) if markup(text).is_some() => markup(text).unwrap_or(HTML),
        (Some(_), Some(kind)) if !has_weak_signature(kind) => kind.mime_type(),
        (Some(_), _) => TEXT,
        (None, Some(kind)) => kind.mime_type(),
        (None, None) => UNKNOWN,
    }
}

fn has_weak_signature(kind: infer::Type) -> bool {
    matches!(kind.matcher_type(), MatcherType::Image | MatcherType::Audio | MatcherType::Video)
        || kind.mime_type() == "application/vnd.microsoft.portable-executable"
}

/// Which markup a text is; `None` for text that is none.
fn markup(text: &str) -> Option<&'static str> {
    const TAGS: [&str; 21] = [
        "html", "head", "script", "iframe", "h1", "div", "font", "table", "a", "style", "title", "b", "body",
        "br", "p", "img", "object", "embed", "meta", "link", "form",
    ];
    let mut text = trimmed(text);
    let had_comment = text.starts_with("<!--");
    while let Some(comment) = text.strip_prefix("<!--") {
        text = trimmed(comment.split_once("-->").map_or("", |(_, after)| after));
    }
    let starts =
        |prefix: &str| text.get(..prefix.len()).is_some_and(|head| head.eq_ignore_ascii_case(prefix));
    if starts("<?xml") {
        // An SVG with a prologue is still an SVG.
        return Some(if text.contains("<svg") { SVG } else { XML });
    }
    if starts("<!doctype") {
        return Some(if starts("<!doctype svg") { SVG } else { HTML });
    }
    let name = text.strip_prefix('<').and_then(|tag| tag.split(|c: char| !c.is_ascii_alphanumeric()).next());
    match name {
        Some(name) if name.eq_ignore_ascii_case("svg") || text.starts_with("<svg:") => Some(SVG),
        Some(name) if TAGS.iter().any(|tag| tag.eq_ignore_ascii_case(name)) => Some(HTML),
        _ if had_comment => Some(HTML),
        _ => None,
    }
}

fn trimmed(text: &str) -> &str {
    text.trim_start_matches(|c: char| c.is_whitespace() || c == '\u{feff}' || c.is_control())
}
