//! Message bodies: HTML that is safe to set as `innerHTML`.
//!
//! Owns the allow-list and the way plain text becomes HTML. Does not know lengths (a bound on the
//! input is the caller's business), only that no input may grow or cost out of proportion.

use std::{
    collections::{HashMap, HashSet},
    sync::LazyLock,
};

use ammonia::{Builder, UrlRelative};

use super::tags::{Piece, pieces};

/// HTML that holds nothing but the allow-list: `b strong i em u s code pre br p ul ol li blockquote`
/// and `a` with an absolute `href` of `http`, `https` or `mailto`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sanitised(String);

/// How often sanitised output is parsed again before it is distrusted. Output that a browser would
/// read as something else than what was checked is what mutation attacks are made of.
const ROUNDS: usize = 4;

/// Elements that one input may make the parser reopen. HTML reopens formatting elements in every block,
/// so 10,000 characters could otherwise become megabytes, and a second of work.
const REOPENED: usize = 30_000;

/// The elements that HTML reopens (the list of active formatting elements of the standard).
const FORMATTING: [&str; 14] =
    ["a", "b", "big", "code", "em", "font", "i", "nobr", "s", "small", "strike", "strong", "tt", "u"];

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
        !pieces(&self.0).any(|piece| matches!(piece, Piece::Text(text) if text_is_visible(text)))
    }
}

fn text_is_visible(text: &str) -> bool {
    crate::guard::has_visible(&text.replace("&nbsp;", " "))
}

/// Removes control characters besides tab and line feed, and the byte order mark that a parser would
/// drop at the start only; makes every line end a line feed, as the HTML parser would.
pub(super) fn without_controls(input: &str) -> String {
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
pub(super) fn is_inert(text: &str) -> bool {
    !text.contains(['<', '>', '&', '\u{a0}'])
}

/// Sanitises until parsing the output again changes nothing; `None` where that does not come about,
/// or where the input is built to cost or to grow.
fn clean(input: &str) -> Option<String> {
    let (bare, reopened) = without_formatting_attributes(input);
    if reopened > REOPENED {
        return None;
    }
    // `&` becomes `&amp;` and a link gains its `rel`; nothing honest grows more.
    let longest = input.len() * 8 + 64;
    let mut html = clean_once(&bare);
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

pub(super) fn clean_once(input: &str) -> String {
    let html = without_controls(&ALLOWED.clean(input).to_string());
    // The parser drops a line feed right after `<pre>`, and the serialiser does not put it back. A
    // literal `<pre>` is the tag here: in text and attributes `<` is escaped.
    html.replace("<pre>\n", "<pre>\n\n")
}

/// Takes the attributes of formatting elements away, and says at most how many elements the parser will
/// reopen then. The parser keeps at most three open elements that are alike, and one link: so without
/// attributes that tell them apart there are few, and each tag around them reopens them once at most.
/// Nothing is lost, as no attribute besides a link's is on the allow-list.
fn without_formatting_attributes(input: &str) -> (String, usize) {
    let mut alike = [0_usize; FORMATTING.len()];
    let mut others = 0_usize;
    let mut parts = input.split('<');
    let mut out = String::with_capacity(input.len());
    out.push_str(parts.next().unwrap_or_default());
    let mut inside_attributes = false;
    let mut tag_start = 0;
    for part in parts {
        if inside_attributes && !part.contains('>') {
            continue;
        }
        if inside_attributes {
            inside_attributes = false;
            out.push_str(part.split_once('>').map_or("", |(_, after)| after));
            continue;
        }
        tag_start = out.len();
        out.push('<');
        let name = part
            .split(|c: char| c.is_ascii_whitespace() || matches!(c, '/' | '>'))
            .next()
            .unwrap_or_default();
        let Some(known) = FORMATTING.iter().position(|known| known.eq_ignore_ascii_case(name)) else {
            others += 1;
            out.push_str(part);
            continue;
        };
        let limit = if FORMATTING[known] == "a" { 1 } else { 3 };
        alike[known] = limit.min(alike[known] + 1);
        if FORMATTING[known] == "a" {
            out.push_str(part);
            continue;
        }
        out.push_str(name);
        out.push('>');
        match part.split_once('>') {
            Some((_, after)) => out.push_str(after),
            None => inside_attributes = true,
        }
    }
    if inside_attributes {
        // A tag that never ends is none, and takes the rest with it.
        out.truncate(tag_start);
    }
    (out, alike.iter().sum::<usize>().saturating_mul(others))
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
