//! Text of a sanitised message without markup, for search, excerpts and mentions.
//!
//! Owns which markup separates words. Does not escape its output, which is text, not HTML.

use std::{borrow::Cow, collections::HashSet, sync::LazyLock};

use ammonia::Builder;

use super::tags::{Piece, pieces};

/// Sanitiser that removes all elements and keeps their text.
static BARE: LazyLock<Builder<'static>> = LazyLock::new(|| {
    let mut builder = Builder::empty();
    builder.tags(HashSet::new());
    builder
});

/// Tags that separate words, without their `<`. Other tags do not: `pr<b>int</b>er` is one word.
const PARTING: [&str; 9] = ["br", "p>", "/p>", "li", "/li", "pre", "/pre", "blockquote", "/blockquote"];

/// Text of sanitised HTML in one line.
///
/// Runs for hundreds of messages of one search and for each sent message, so no parser is used. In sanitised
/// HTML, `<` only begins tags.
pub fn text_of(body: &str) -> Cow<'_, str> {
    if !body.contains(['<', '&', '\n']) {
        return Cow::Borrowed(body);
    }
    let bare = without_tags(body);
    let text = html_escape::decode_html_entities(&bare);
    Cow::Owned(text.split_whitespace().collect::<Vec<_>>().join(" "))
}

fn without_tags(html: &str) -> String {
    let mut text = String::with_capacity(html.len());
    for piece in pieces(html) {
        match piece {
            Piece::Text(it) => text.push_str(it),
            Piece::Tag(tag) if PARTING.iter().any(|parting| tag[1..].starts_with(parting)) => text.push(' '),
            Piece::Tag(_) => {}
        }
    }
    text
}

/// Tags at which a line ends.
const BLOCK_ENDS: [&str; 5] = ["</p>", "</li>", "</pre>", "</blockquote>", "<br>"];

/// Text of sanitised HTML in the lines in which it shows. Control characters are removed, because a terminal
/// may interpret them.
pub fn lines_of(body: &str) -> String {
    let mut html = body.to_owned();
    for tag in BLOCK_ENDS {
        html = html.replace(tag, &format!("{tag}\n"));
    }
    if html.contains('<') {
        html = BARE.clean(&html).to_string();
    }
    let text = html_escape::decode_html_entities(&html).into_owned();
    let text = text.replace(|c: char| c.is_control() && !matches!(c, '\n' | '\t'), "");
    let lines: Vec<&str> = text.lines().map(str::trim_end).collect();
    lines.join("\n").trim_matches('\n').to_owned()
}

/// Beginning of a text, at most `max_chars` characters including the ellipsis.
pub fn excerpt(text: &str, max_chars: usize) -> String {
    if text.chars().count() <= max_chars {
        return text.to_owned();
    }
    let cut: String = text.chars().take(max_chars.saturating_sub(1)).collect();
    format!("{}…", cut.trim_end())
}

/// Returns `true` for characters that are invisible or change the direction of text.
///
/// The joiners U+200C and U+200D are not included: Persian and emoji need them.
pub(super) fn is_invisible(c: char) -> bool {
    matches!(c,
        '\u{00ad}' | '\u{061c}' | '\u{180e}' | '\u{200b}' | '\u{200e}' | '\u{200f}'
        | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}')
}

/// Returns `true` if a text has a visible character.
pub(super) fn has_visible(text: &str) -> bool {
    text.chars().any(|c| {
        !c.is_whitespace() && !c.is_control() && !is_invisible(c) && !matches!(c, '\u{200c}' | '\u{200d}')
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::guard::Sanitised;

    #[test]
    fn markup_goes_and_words_stay_apart() {
        for (html, text) in [
            ("plain", "plain"),
            ("pr<b>int</b>er", "printer"),
            ("<p>one</p><p>two<br>three</p>", "one two three"),
            ("<ul><li>a</li><li>b</li></ul>", "a b"),
            ("1 &lt; 2 &amp;&amp; &quot;x&quot;", "1 < 2 && \"x\""),
            ("&amp;lt;b&amp;gt;", "&lt;b&gt;"),
            ("a\nb", "a b"),
            ("a &lt;br&gt; b<br>c", "a <br> b c"),
        ] {
            assert_eq!(text_of(html), text, "{html}");
        }
    }

    /// Text according to an HTML parser.
    fn parsed(body: &str) -> String {
        let parted = PARTING
            .iter()
            .fold(body.to_owned(), |html, tag| html.replace(&format!("<{tag}"), &format!(" <{tag}")));
        let html = BARE.clean(&parted).to_string();
        collapsed(&html_escape::decode_html_entities(&html))
    }

    fn collapsed(text: &str) -> String {
        text.split_whitespace().collect::<Vec<_>>().join(" ")
    }

    proptest! {
        #[test]
        fn the_text_is_what_a_parser_reads(
            parts in proptest::collection::vec(
                "</?(b|p|pre|br|li|ul|a|blockquote|i|script|!--)|<a href=[\"']?http://x/[<>\"'&]{0,3}|\
                 [<>&;\"'=/ \n]|&amp;|&lt;|&#x3c;|&nbsp;|-->|[a-z ]{0,5}|\\PC",
                0..30,
            ),
        ) {
            let input = parts.concat();
            for body in [Sanitised::from_html(&input), Sanitised::from_text(&input)] {
                prop_assert_eq!(collapsed(&text_of(body.as_str())), parsed(body.as_str()), "{}", body.as_str());
            }
        }
    }

    #[test]
    fn lines_stay_lines() {
        for (html, text) in [
            ("one<br>two", "one\ntwo"),
            ("<p>one</p><p>two</p>", "one\ntwo"),
            ("<ul><li>a</li><li>b &lt; c</li></ul>", "a\nb < c"),
            ("<pre>let a;\n  let b;</pre>", "let a;\n  let b;"),
            ("<b>bold</b> &amp;lt;", "bold &lt;"),
            ("\u{1b}[31mred\u{7}", "[31mred"),
        ] {
            assert_eq!(lines_of(html), text, "{html}");
        }
    }

    #[test]
    fn an_excerpt_is_never_longer_than_asked() {
        assert_eq!(excerpt("hello world", 11), "hello world");
        assert_eq!(excerpt("hello world", 7), "hello…");
    }
}
