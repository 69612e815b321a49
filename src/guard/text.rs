//! The text of a sanitised message, without its markup: for searching, excerpts and mentions.
//!
//! Owns where markup parts words. Its output is text, not HTML: whoever shows it escapes it.

use std::{borrow::Cow, collections::HashSet, sync::LazyLock};

use ammonia::Builder;

/// Removes all elements and keeps their text.
static BARE: LazyLock<Builder<'static>> = LazyLock::new(|| {
    let mut builder = Builder::empty();
    builder.tags(HashSet::new());
    builder
});

/// Elements that part words; `pr<b>int</b>er` is one.
const PARTING: [&str; 9] =
    ["<br", "<p>", "</p>", "<li", "</li", "<pre", "</pre", "<blockquote", "</blockquote"];

/// The text of sanitised HTML, in one line.
pub fn text_of(body: &str) -> Cow<'_, str> {
    if !body.contains(['<', '&', '\n']) {
        return Cow::Borrowed(body);
    }
    // What came as plain text has no other markup, and needs no parser.
    let mut html = body.replace('\n', " ").replace("<br>", " ");
    if html.contains('<') {
        for tag in PARTING {
            html = html.replace(tag, &format!(" {tag}"));
        }
        html = BARE.clean(&html).to_string();
    }
    let text = html_escape::decode_html_entities(&html);
    Cow::Owned(text.split_whitespace().collect::<Vec<_>>().join(" "))
}

/// Where a line ends besides at `<br>`.
const BLOCK_ENDS: [&str; 5] = ["</p>", "</li>", "</pre>", "</blockquote>", "<br>"];

/// The text of sanitised HTML, in the lines in which it shows. Without control characters, which a
/// terminal may take for commands.
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

/// The first words of a text, at most `max_chars` with the ellipsis.
pub fn excerpt(text: &str, max_chars: usize) -> String {
    if text.chars().count() <= max_chars {
        return text.to_owned();
    }
    let cut: String = text.chars().take(max_chars.saturating_sub(1)).collect();
    format!("{}…", cut.trim_end())
}

#[cfg(test)]
mod tests {
    use super::*;

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
