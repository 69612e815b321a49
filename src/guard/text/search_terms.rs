//! Words of texts and queries, in the form that a search compares.
//!
//! Owns the boundaries of words, their folding (case, diacritics, similar forms), and snippets around
//! matches. Does not know the index, which stores the words as given.

use std::ops::Range;

use unicode_normalization::{
    UnicodeNormalization,
    char::{canonical_combining_class, is_combining_mark},
};

/// Compared characters of a folded word.
pub(super) const WORD_CHARS: usize = 64;
/// Compared bytes of a text's words. PostgreSQL accepts at most 1 MiB.
pub(super) const TEXT_BYTES: usize = 256 * 1024;
/// Greatest number of words in a query.
const QUERY_WORDS: usize = 16;
/// Approximate length of a snippet in characters.
pub(super) const SNIPPET_CHARS: usize = 160;
/// Characters of a snippet before the first match.
const LEAD_CHARS: usize = 50;

/// Words of a query. A text must contain all of them, the last one also as the beginning of a word.
///
/// The words are folded. Their only ASCII characters are lower-case letters and digits, so an index finds no
/// operator in them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SearchTerms {
    exact: Vec<String>,
    prefix: String,
}

/// Reason why a query is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SearchTermsError {
    /// Query with more characters than this bound.
    #[error("longer than {0} characters")]
    TooLong(usize),
    /// Query without a letter or digit.
    #[error("without any word")]
    NoWord,
    /// Query with more than 16 words.
    #[error("more than {QUERY_WORDS} words")]
    TooManyWords,
}

impl SearchTerms {
    /// Parses a query of at most `max_chars` characters.
    pub fn parse(query: &str, max_chars: usize) -> Result<Self, SearchTermsError> {
        if query.chars().count() > max_chars {
            return Err(SearchTermsError::TooLong(max_chars));
        }
        let mut exact: Vec<String> = Vec::new();
        let mut words = runs(query).filter_map(|range| fold(&query[range])).peekable();
        let mut prefix = None;
        while let Some(word) = words.next() {
            if words.peek().is_none() {
                prefix = Some(word);
            } else if !exact.contains(&word) {
                exact.push(word);
            }
        }
        let prefix = prefix.ok_or(SearchTermsError::NoWord)?;
        if exact.len() >= QUERY_WORDS {
            return Err(SearchTermsError::TooManyWords);
        }
        Ok(Self { exact, prefix })
    }

    /// Words that a text must contain.
    pub fn exact(&self) -> &[String] {
        &self.exact
    }

    /// Prefix that a word of the text must have.
    pub fn prefix(&self) -> &str {
        &self.prefix
    }

    /// Returns `true` if a word of the text begins with the prefix.
    pub fn begins_a_word_of(&self, text: &str) -> bool {
        let mut word = String::new();
        runs(text).any(|range| {
            word.clear();
            push_folded(&text[range], &mut word);
            word.starts_with(&self.prefix)
        })
    }

    fn matches(&self, word: &str) -> bool {
        word.starts_with(&self.prefix) || self.exact.iter().any(|exact| exact == word)
    }
}

/// Appends the folded words of a text, each after a space.
pub fn push_words(text: &str, out: &mut String) {
    let end = out.len() + TEXT_BYTES;
    for range in runs(text) {
        let start = out.len();
        out.push(' ');
        push_folded(&text[range], out);
        if out.len() == start + 1 || out.len() > end {
            out.truncate(start);
        }
    }
}

/// Part of a text around the first match, as HTML: the text is escaped, matches are in `<b>`.
pub fn snippet(text: &str, terms: &SearchTerms) -> String {
    let window = window(text, terms);
    let mut html = String::with_capacity(window.len() * 2);
    let mut done = window.start;
    if window.start > 0 {
        html.push('…');
    }
    for range in matches(text, terms).skip_while(|it| it.end <= window.start) {
        if range.start >= window.end {
            break;
        }
        let (start, end) = (range.start.max(window.start), range.end.min(window.end));
        push_escaped(&text[done..start], &mut html);
        html.push_str("<b>");
        push_escaped(&text[start..end], &mut html);
        html.push_str("</b>");
        done = end;
    }
    push_escaped(&text[done..window.end], &mut html);
    if window.end < text.len() {
        html.push('…');
    }
    html
}

fn push_escaped(text: &str, html: &mut String) {
    html_escape::encode_double_quoted_attribute_to_string(text, html);
}

/// Positions of the matching words of a text.
fn matches<'a>(text: &'a str, terms: &'a SearchTerms) -> impl Iterator<Item = Range<usize>> + 'a {
    runs(text).filter(|range| fold(&text[range.clone()]).is_some_and(|word| terms.matches(&word)))
}

/// Shown part of a text. Its ends are between words if a gap is near.
fn window(text: &str, terms: &SearchTerms) -> Range<usize> {
    let first = matches(text, terms).next().map_or(0, |range| range.start);
    let lead = text[..first].char_indices().rev().take(LEAD_CHARS).last().map_or(first, |(at, _)| at);
    let start = match text[lead..first].find(char::is_whitespace) {
        Some(gap) if lead > 0 => first - text[lead + gap..first].trim_start().len(),
        _ => lead,
    };
    let mut chars = text[start..].char_indices().skip(SNIPPET_CHARS);
    let Some((length, _)) = chars.next() else { return start..text.len() };
    let end = start + length;
    match text[first..end].rfind(char::is_whitespace) {
        Some(gap) if gap > 0 => start..first + gap,
        _ => start..end,
    }
}

/// Positions of the words of a text.
fn runs(text: &str) -> impl Iterator<Item = Range<usize>> + '_ {
    let mut at = 0;
    std::iter::from_fn(move || {
        at += text[at..].find(is_of_word)?;
        let start = at;
        at += text[at..].find(|c| !is_of_word(c)).unwrap_or(text.len() - at);
        Some(start..at)
    })
}

fn is_of_word(c: char) -> bool {
    if c.is_ascii() { c.is_ascii_alphanumeric() } else { c.is_alphanumeric() || is_combining_mark(c) }
}

fn fold(word: &str) -> Option<String> {
    let mut folded = String::with_capacity(word.len().min(4 * WORD_CHARS));
    push_folded(word, &mut folded);
    (!folded.is_empty()).then_some(folded)
}

/// Appends the folded word; nothing for a word without letters and digits.
fn push_folded(word: &str, out: &mut String) {
    if word.is_ascii() {
        out.extend(word.bytes().take(WORD_CHARS).map(|byte| char::from(byte.to_ascii_lowercase())));
        return;
    }
    let start = out.len();
    let lower = word.nfkd().filter(|&c| is_kept(c)).flat_map(char::to_lowercase);
    out.extend(lower.map(|c| if c == 'ς' { 'σ' } else { c }).take(WORD_CHARS));
    if !out[start..].contains(char::is_alphanumeric) {
        out.truncate(start);
    }
}

/// Returns `true` for characters of a decomposed word that are compared: vowel signs and voicing marks, but
/// not accents and points.
fn is_kept(c: char) -> bool {
    let is_accent = matches!(canonical_combining_class(c), 10..=36 | 200..);
    let selects_a_form =
        matches!(c, '\u{20d0}'..='\u{20ff}' | '\u{fe00}'..='\u{fe0f}' | '\u{e0100}'..='\u{e01ef}');
    !is_accent && !selects_a_form && is_of_word(c)
}
