//! Checks links of callers: to the web, or to a path of the page that shows them.
//!
//! Owns the permitted targets. Does not know which clients show a link.

use url::Url;

use super::visible_text::is_invisible;

/// Http(s) URL, or a path of the page that shows the link.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SafeLink(String);

impl SafeLink {
    /// Longest link in bytes.
    pub const MAX_BYTES: usize = 2_048;

    /// Accepts an absolute `http` or `https` URL and returns its normal form; `None` for any other text.
    pub fn absolute(text: &str) -> Option<Self> {
        if text.len() > Self::MAX_BYTES {
            return None;
        }
        let url = Url::parse(text).ok()?;
        let leads = matches!(url.scheme(), "http" | "https") && url.has_host();
        let url = String::from(url);
        (leads && url.len() <= Self::MAX_BYTES).then_some(Self(url))
    }

    /// Accepts an absolute `http` or `https` URL, or a path that begins with one `/`. `None` for any other
    /// text, and for one with an invisible character.
    pub fn absolute_or_path(text: &str) -> Option<Self> {
        if text.len() > Self::MAX_BYTES || text.chars().any(is_hidden) {
            return None;
        }
        if text.starts_with('/') {
            // Browsers interpret `//` and `/\` as the beginning of another host.
            let stays = !text.contains('\\') && !text.starts_with("//");
            return stays.then(|| Self(text.to_owned()));
        }
        Self::absolute(text)
    }

    /// URL in its normal form, or the path.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// URL in its normal form, or the path, as a string.
    pub fn into_string(self) -> String {
        self.0
    }
}

/// Returns `true` for characters that URL parsers drop silently.
fn is_hidden(c: char) -> bool {
    c.is_control() || c.is_whitespace() || is_invisible(c)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_link_leads_where_it_looks() {
        for text in ["/orders/7?tab=1#x", "/", "https://shop.example/a", "http://localhost:3000"] {
            assert!(SafeLink::absolute_or_path(text).is_some(), "{text}");
        }
        for text in [
            "",
            "orders",
            "//evil.example",
            "/\\evil.example",
            "/a\\b",
            "javascript:alert(1)",
            "data:text/html,x",
            "ftp://a.example",
            "https://",
            "/a b",
            "/a\n",
            "\thttps://a.example",
            "mailto:a@b.example",
        ] {
            assert!(SafeLink::absolute_or_path(text).is_none(), "{text}");
        }
        assert!(SafeLink::absolute_or_path(&format!("/{}", "a".repeat(2_047))).is_some());
        assert!(SafeLink::absolute_or_path(&format!("/{}", "a".repeat(2_048))).is_none());
    }

    #[test]
    fn an_absolute_link_is_no_path_and_has_the_form_that_a_parser_gives_it() {
        let of = |text: &str| SafeLink::absolute(text).map(SafeLink::into_string);
        assert_eq!(of("HTTPS://Shop.example"), Some("https://shop.example/".to_owned()));
        assert_eq!(of(" https://shop.example/a b"), Some("https://shop.example/a%20b".to_owned()));
        for text in ["/orders/7", "", "javascript:alert(1)", "mailto:a@b.example"] {
            assert_eq!(of(text), None, "{text}");
        }
        // Short as sent, but too long in its normal form.
        assert_eq!(of(&format!("https://a.example/{}", "é".repeat(500))), None);
    }
}
