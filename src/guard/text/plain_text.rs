//! Plain text of callers: names, subjects, labels, file names, comments.
//!
//! Owns the definition of plain text: no markup, no control characters, no direction marks, white space
//! collapsed. Does not escape for HTML: clients show it with `textContent`, and entities stay as typed.

use std::fmt;

use super::tags::{Piece, pieces};
use super::visible_text::{has_visible, is_invisible};

/// Plain text without markup and control characters, trimmed and never empty.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct PlainText(String);

/// Reason why a text is refused. Completes a sentence that begins with the field's name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TextError {
    /// Text without a visible character.
    #[error("must not be empty")]
    Empty,
    /// Text with more characters than the bound, counted after trimming and before markup is removed.
    #[error("must have at most {max} characters")]
    TooLong {
        /// Bound in characters.
        max: usize,
    },
}

/// Characters of a name that are processed. A name of a megabyte costs no more than a long one.
const PROCESSED_CHARS: usize = 4_096;

impl PlainText {
    /// Checks and cleans a text of at most `max_chars` characters.
    pub fn new(input: &str, max_chars: usize) -> Result<Self, TextError> {
        let input = input.trim();
        if input.chars().nth(max_chars).is_some() {
            return Err(TextError::TooLong { max: max_chars });
        }
        let text = cleaned(input);
        if has_visible(&text) { Ok(Self(text)) } else { Err(TextError::Empty) }
    }

    /// Cleans a text and cuts it to `max_chars` characters; `None` if no visible character is left.
    pub fn truncated(input: &str, max_chars: usize) -> Option<Self> {
        let text = cut(&cleaned(head(input.trim_start())), max_chars);
        has_visible(&text).then_some(Self(text))
    }

    /// Last component of a path as a file name, cut to `max_chars` characters before its extension. `file` if
    /// no usable name is left.
    pub fn file_name(input: &str, max_chars: usize) -> Self {
        let tail = input.rsplit(['/', '\\']).next().unwrap_or_default();
        // Markup may contain a slash (`a</b>.txt`): the whole input is cleaned first then.
        let whole = if tail.contains('>') { cleaned(head(input)) } else { cleaned(head(tail)) };
        let name = whole.rsplit(['/', '\\']).next().unwrap_or_default().trim();
        let name = cut_before_extension(name, max_chars);
        let usable = has_visible(&name) && !name.chars().all(|c| c == '.');
        Self(if usable { name } else { cut("file", max_chars.max(1)) })
    }

    /// Text as a slice.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Text as a string.
    pub fn into_string(self) -> String {
        self.0
    }
}

impl fmt::Display for PlainText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

fn head(input: &str) -> &str {
    input.char_indices().nth(PROCESSED_CHARS).map_or(input, |(end, _)| &input[..end])
}

fn cut(text: &str, max_chars: usize) -> String {
    text.chars().take(max_chars).collect::<String>().trim_end().to_owned()
}

/// Cuts a file name before its extension, which shows the type of the file.
fn cut_before_extension(name: &str, max_chars: usize) -> String {
    const EXTENSION: usize = 16;
    if name.chars().nth(max_chars).is_none() {
        return name.to_owned();
    }
    match name.rsplit_once('.') {
        Some((stem, extension)) if extension.chars().count() <= EXTENSION && max_chars > 2 * EXTENSION => {
            format!("{}.{extension}", cut(stem, max_chars - extension.chars().count() - 1))
        }
        _ => cut(name, max_chars),
    }
}

fn cleaned(input: &str) -> String {
    collapsed(&without_tags(&sound(input)))
}

/// Cleans a text like [`cleaned`], but keeps line breaks.
pub(super) fn cleaned_lines(input: &str) -> String {
    let input = input.replace("\r\n", "\n").replace(['\r', '\u{2028}', '\u{2029}'], "\n");
    let lines: Vec<String> = input.split('\n').map(sound).collect();
    let text = without_tags(&lines.join("\n"));
    text.split('\n').map(collapsed).collect::<Vec<_>>().join("\n").trim().to_owned()
}

/// Removes invisible characters, and replaces white space by blanks. No-break spaces stay.
fn sound(input: &str) -> String {
    input
        .chars()
        .filter_map(|c| match c {
            c if c.is_whitespace() => Some(if matches!(c, '\u{a0}' | '\u{202f}') { c } else { ' ' }),
            c if c.is_control() || is_invisible(c) => None,
            c => Some(c),
        })
        .collect()
}

fn collapsed(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for word in text.split_whitespace() {
        if !out.is_empty() {
            out.push(' ');
        }
        out.push_str(word);
    }
    out
}

/// Removes HTML tags, and `script` and `style` with their content. A `<` that starts no tag (`a < b`, `<3`)
/// or has no `>` after it stays.
fn without_tags(input: &str) -> String {
    let mut out = String::with_capacity(input.len());
    let mut pieces = pieces(input);
    while let Some(piece) = pieces.next() {
        match piece {
            Piece::Text(text) => out.push_str(text),
            Piece::Tag(tag) => {
                // Otherwise `<<b>script>` would leave a tag.
                out.truncate(out.trim_end_matches('<').len());
                let after = after_content(tag, pieces.rest());
                pieces.continue_at(after);
            }
        }
    }
    out
}

/// Text after a tag; for `script` and `style`, text after their end tag.
fn after_content<'a>(tag: &str, after: &'a str) -> &'a str {
    let name = tag[1..].split(|c: char| !c.is_ascii_alphanumeric()).next().unwrap_or_default();
    if !["script", "style"].iter().any(|raw| raw.eq_ignore_ascii_case(name)) {
        return after;
    }
    let lower = after.to_ascii_lowercase();
    let end = lower.find(&format!("</{}", name.to_ascii_lowercase()));
    end.and_then(|end| after[end..].find('>').map(|close| &after[end + close + 1..])).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn plain(input: &str) -> String {
        PlainText::new(input, 1_000).map(PlainText::into_string).unwrap_or_default()
    }

    #[test]
    fn markup_is_removed_and_its_text_stays() {
        for (input, expected) in [
            ("<b>x</b>", "x"),
            ("Hel<b>lo</b>", "Hello"),
            ("a < b", "a < b"),
            ("I <3 you", "I <3 you"),
            ("a <b", "a <b"),
            ("x<script>alert('</b>')</script>y", "xy"),
            ("x<STYLE>*{}</style >y", "xy"),
            ("x<script>never closed", "x"),
            ("<a title=\">\" href='x>y'>link</a>", "link"),
            ("<a title=\"unclosed>link</a>", "link"),
            ("<!-- > -->x", "x"),
            ("<!doctype html><?php x ?>y", "y"),
            ("<<b>script>alert(1)</script>", "script>alert(1)"),
            ("AT&T &lt;b&gt; &amp;", "AT&T &lt;b&gt; &amp;"),
            ("1 > 0", "1 > 0"),
        ] {
            assert_eq!(plain(input), expected, "{input}");
        }
    }

    #[test]
    fn what_cannot_be_seen_is_removed_and_white_space_collapsed() {
        assert_eq!(plain("  a\u{0}\u{202e}b\u{2066}c\u{200b}\n\t d \u{2028}e\u{7f} "), "abc d e");
        assert_eq!(plain("👩\u{200d}🚀"), "👩\u{200d}🚀", "joiners stay");
    }

    #[test]
    fn length_is_counted_in_characters_of_the_trimmed_input() {
        assert_eq!(PlainText::new(&format!("  {}  ", "é".repeat(5)), 5).unwrap().as_str(), "ééééé");
        assert_eq!(PlainText::new("éééééé", 5), Err(TextError::TooLong { max: 5 }));
        assert_eq!(TextError::TooLong { max: 5 }.to_string(), "must have at most 5 characters");
    }

    #[test]
    fn nothing_visible_is_empty() {
        for input in ["", "   ", "<b></b>", "\u{200b}", "\u{200d}", "\0", "<script>x</script>"] {
            assert_eq!(PlainText::new(input, 50), Err(TextError::Empty), "{input:?}");
            assert_eq!(PlainText::truncated(input, 10), None, "{input:?}");
        }
    }

    #[test]
    fn a_name_too_long_is_cut() {
        assert_eq!(PlainText::truncated("Ada Lovelace", 4).unwrap().as_str(), "Ada");
        assert_eq!(PlainText::truncated(&"x".repeat(1 << 20), 100).unwrap().as_str().len(), 100);
    }

    #[test]
    fn a_file_name_is_the_last_component_of_a_path() {
        for (input, expected) in [
            ("report.pdf", "report.pdf"),
            ("../../etc/passwd", "passwd"),
            ("C:\\Users\\x\\photo.png", "photo.png"),
            ("a</b>.txt", "a.txt"),
            ("", "file"),
            ("/", "file"),
            ("..", "file"),
            ("dir/", "file"),
            ("\u{202e}gpj.exe", "gpj.exe"),
            ("a\r\nb.txt", "a b.txt"),
        ] {
            assert_eq!(PlainText::file_name(input, 100).as_str(), expected, "{input:?}");
        }
    }

    #[test]
    fn a_long_file_name_keeps_its_extension() {
        let name = PlainText::file_name(&format!("{}.docx", "n".repeat(300)), 100);
        assert_eq!(name.as_str().chars().count(), 100);
        assert!(name.as_str().ends_with("n.docx"));
    }

    fn hostile() -> impl Strategy<Value = String> {
        let piece = prop_oneof![
            prop::sample::select(vec![
                "<",
                ">",
                "</",
                "\"",
                "'",
                "=",
                " ",
                "\n",
                "\0",
                "<script>",
                "</script>",
                "<style",
                "<b>",
                "<!--",
                "-->",
                "\u{202e}",
                "\u{200b}",
                "/",
                "\\",
                ".",
                "&lt;",
                "<a href=\"",
            ])
            .prop_map(str::to_owned),
            "\\PC{0,3}",
        ];
        prop::collection::vec(piece, 0..20).prop_map(|pieces| pieces.concat())
    }

    /// Returns `true` if an HTML parser finds a whole tag in this text.
    fn has_tag(text: &str) -> bool {
        text.match_indices('<').any(|(at, _)| {
            let after = &text[at + 1..];
            after.starts_with(|c: char| c.is_ascii_alphabetic() || "/!?".contains(c)) && after.contains('>')
        })
    }

    proptest! {
        #[test]
        fn plain_text_holds_no_tag_and_no_control_character(input in hostile()) {
            if let Ok(text) = PlainText::new(&input, 1_000) {
                prop_assert!(!has_tag(text.as_str()), "{}", text);
                prop_assert!(!text.as_str().chars().any(|c| c.is_control() || is_invisible(c)));
                let again = PlainText::new(text.as_str(), 1_000).unwrap();
                prop_assert_eq!(again.as_str(), text.as_str());
            }
        }

        #[test]
        fn a_file_name_never_leaves_its_folder(input in hostile(), max in 1_usize..200) {
            let name = PlainText::file_name(&input, max);
            prop_assert!(!name.as_str().contains(['/', '\\']) && name.as_str() != "..", "{}", name);
            prop_assert!(!name.as_str().is_empty() && name.as_str().chars().count() <= max);
        }
    }
}
