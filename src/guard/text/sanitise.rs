//! Sanitises message bodies: the output is safe for `innerHTML`.
//!
//! Owns the allow-list and the conversion of plain text to HTML. Does not know the bounds on messages, but no
//! input may grow or cost out of proportion.

use std::{
    collections::{HashMap, HashSet},
    sync::LazyLock,
};

use ammonia::{Builder, UrlRelative};

use super::tags::{Piece, pieces};

/// HTML with allowed elements only: `b strong i em u s code pre br p ul ol li blockquote`, and `a` with an
/// absolute `href` of `http`, `https` or `mailto`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sanitised(String);

/// Rounds of parsing the output again before the input is shown as text. Output that a browser parses
/// differently is the basis of mutation attacks.
const ROUNDS: usize = 4;

/// Elements that one input may make the parser reopen. HTML reopens formatting elements in every block:
/// without a bound, 10,000 characters could become megabytes.
const REOPENED: usize = 30_000;

/// Elements that HTML reopens (list of active formatting elements of the standard).
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
    /// Sanitises HTML. The text of other elements stays, except that of `script` and `style`. Control
    /// characters are removed, line ends become `\n`.
    pub fn from_html(input: &str) -> Self {
        let input = without_controls(input);
        if is_inert(&input) {
            return Self(input);
        }
        Self(clean(&input).unwrap_or_else(|| shown_as_text(&input)))
    }

    /// Converts plain text and keeps every character: special characters are escaped, line ends (`\r\n`,
    /// `\n`, `\r`) become `<br>`. Control characters are removed.
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

    /// HTML as a slice.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// HTML as a string.
    pub fn into_string(self) -> String {
        self.0
    }

    /// Returns `true` without visible text: only white space and invisible characters.
    pub fn is_empty(&self) -> bool {
        !pieces(&self.0).any(|piece| matches!(piece, Piece::Text(text) if text_is_visible(text)))
    }
}

fn text_is_visible(text: &str) -> bool {
    super::visible_text::has_visible(&text.replace("&nbsp;", " "))
}

/// Removes byte order marks and control characters except tab and line feed. Every line end becomes a line
/// feed, as in an HTML parser.
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

/// Returns `true` if text without control characters is its own sanitised form. It has no markup, and no
/// character that the serialiser rewrites (`&nbsp;`).
pub(super) fn is_inert(text: &str) -> bool {
    !text.contains(['<', '>', '&', '\u{a0}'])
}

/// Sanitises until parsing the output again changes nothing. `None` for input that does not become stable,
/// costs too much or grows too much.
fn clean(input: &str) -> Option<String> {
    let (bare, reopened) = without_formatting_attributes(input);
    if reopened > REOPENED {
        return None;
    }
    // `&` becomes `&amp;`, and a link gains its `rel`. Honest input does not grow more.
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
    // The parser drops a line feed after `<pre>`, and the serialiser does not restore it. A literal `<pre>`
    // is always the tag: in text and attributes `<` is escaped.
    html.replace("<pre>\n", "<pre>\n\n")
}

/// Removes the attributes of formatting elements, and returns an upper bound of the elements that the parser
/// reopens.
///
/// The parser keeps at most three equal open elements, and one link. Without attributes few differ, and each
/// tag around them reopens them at most once. No information is lost: the allow-list has no attribute except
/// that of links.
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
        // An unclosed tag is dropped with the text after it.
        out.truncate(tag_start);
    }
    (out, alike.iter().sum::<usize>().saturating_mul(others))
}

/// Shows the input as text, in a form that sanitising keeps unchanged.
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
