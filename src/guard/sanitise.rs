//! Message bodies: HTML that is safe to set as `innerHTML`.
//!
//! Owns the allow-list and the way plain text becomes HTML. Does not know lengths (a bound on the
//! input is the caller's business), only that no input may grow or cost out of proportion.

use std::{
    collections::{HashMap, HashSet},
    sync::LazyLock,
};

use ammonia::{Builder, UrlRelative};

/// HTML that holds nothing but the allow-list: `b strong i em u s code pre br p ul ol li blockquote`
/// and `a` with an absolute `href` of `http`, `https` or `mailto`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sanitised(String);

/// How often sanitised output is parsed again before it is distrusted. Output that a browser would
/// read as something else than what was checked is what mutation attacks are made of.
const ROUNDS: usize = 4;

/// Elements that one input may make the parser build beyond those it names. HTML reopens formatting
/// elements in every block, so 10,000 characters could otherwise become megabytes.
const REOPENED: usize = 20_000;

static ALLOWED: LazyLock<Builder<'static>> = LazyLock::new(|| {
    let mut builder = Builder::empty();
    builder
        .tags(HashSet::from([
            "b",
            "strong",
            "i",
            "em",
            "u",
            "s",
            "code",
            "pre",
            "br",
            "p",
            "ul",
            "ol",
            "li",
            "blockquote",
            "a",
        ]))
        .clean_content_tags(HashSet::from(["script", "style"]))
        .tag_attributes(HashMap::from([("a", HashSet::from(["href"]))]))
        .url_schemes(HashSet::from(["http", "https", "mailto"]))
        .url_relative(UrlRelative::Deny)
        .link_rel(Some("noopener noreferrer nofollow"));
    builder
});

impl Sanitised {
    /// Takes HTML, and keeps what is on the allow-list. The text of other elements stays, that of
    /// `script` and `style` does not. Control characters are removed, line ends become `\n`.
    pub fn from_html(input: &str) -> Self {
        let input = without_controls(input);
        if is_inert(&input) {
            return Self(input);
        }
        Self(clean(&input).unwrap_or_else(|| shown_as_text(&input)))
    }

    /// Takes plain text and keeps every character of it: what HTML treats specially is escaped, and a
    /// line end (`\r\n`, `\n`, `\r`) becomes `<br>`. Control characters are removed.
    pub fn from_text(input: &str) -> Self {
        let input = without_controls(input);
        let mut html = String::with_capacity(input.len() + input.len() / 8);
        for c in input.chars() {
            match c {
                '&' => html.push_str("&amp;"),
                '<' => html.push_str("&lt;"),
                '>' => html.push_str("&gt;"),
                '"' => html.push_str("&quot;"),
                '\'' => html.push_str("&#39;"),
                '\n' => html.push_str("<br>"),
                other => html.push(other),
            }
        }
        Self(html)
    }

    /// The HTML.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The HTML, owned.
    pub fn into_string(self) -> String {
        self.0
    }

    /// Whether a reader would see nothing: no text besides white space and invisible characters.
    pub fn is_empty(&self) -> bool {
        let mut rest = self.0.as_str();
        // The HTML is well-formed here: `<` and `>` stand only around tags.
        while let Some(start) = rest.find('<') {
            if text_is_visible(&rest[..start]) {
                return false;
            }
            let Some(end) = rest[start..].find('>') else { return true };
            rest = &rest[start + end + 1..];
        }
        !text_is_visible(rest)
    }
}

fn text_is_visible(text: &str) -> bool {
    super::has_visible(&text.replace("&nbsp;", " "))
}

/// Removes control characters besides tab and line feed, and the byte order mark that a parser would
/// drop at the start only; makes every line end a line feed, as the HTML parser would.
fn without_controls(input: &str) -> String {
    let mut out = String::with_capacity(input.len());
    let mut chars = input.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            '\r' => {
                chars.next_if_eq(&'\n');
                out.push('\n');
            }
            '\n' | '\t' => out.push(c),
            '\u{feff}' => {}
            c if c.is_control() => {}
            c => out.push(c),
        }
    }
    out
}

/// Whether text without control characters is its own sanitised form: it has nothing that the parser
/// reads as markup, and nothing that the serialiser writes otherwise (`&nbsp;`).
fn is_inert(text: &str) -> bool {
    !text.contains(['<', '>', '&', '\u{a0}'])
}

/// Sanitises until parsing the output again changes nothing; `None` where that does not come about,
/// or where the input is built to cost or to grow.
fn clean(input: &str) -> Option<String> {
    if reopened_elements(input) > REOPENED {
        return None;
    }
    // `&` becomes `&amp;` and a link gains its `rel`; nothing honest grows more.
    let longest = input.len() * 8 + 64;
    let mut html = clean_once(input);
    for _ in 0..ROUNDS {
        if html.len() > longest {
            return None;
        }
        let again = clean_once(&html);
        if again == html {
            return Some(html);
        }
        html = again;
    }
    None
}

fn clean_once(input: &str) -> String {
    let html = without_controls(&ALLOWED.clean(input).to_string());
    // The parser drops a line feed right after `<pre>`, and the serialiser does not put it back. A
    // literal `<pre>` is the tag here: in text and attributes `<` is escaped.
    html.replace("<pre>\n", "<pre>\n\n")
}

/// At most how many elements the parser reopens: formatting elements times the tags around them.
fn reopened_elements(input: &str) -> usize {
    const FORMATTING: [&str; 14] =
        ["a", "b", "big", "code", "em", "font", "i", "nobr", "s", "small", "strike", "strong", "tt", "u"];
    let (mut formatting, mut other) = (0_usize, 0_usize);
    for after in input.split('<').skip(1) {
        let name = after.split(|c: char| !c.is_ascii_alphanumeric()).next().unwrap_or_default();
        if FORMATTING.iter().any(|known| known.eq_ignore_ascii_case(name)) {
            formatting += 1;
        } else {
            other += 1;
        }
    }
    formatting.saturating_mul(other)
}

/// Everything as text, in the form that sanitising leaves alone.
fn shown_as_text(input: &str) -> String {
    let mut html = String::with_capacity(input.len() * 2);
    for c in input.chars() {
        match c {
            '&' => html.push_str("&amp;"),
            '<' => html.push_str("&lt;"),
            '>' => html.push_str("&gt;"),
            '\u{a0}' => html.push_str("&nbsp;"),
            other => html.push(other),
        }
    }
    html
}

#[cfg(test)]
#[path = "sanitise_tests.rs"]
mod tests;
