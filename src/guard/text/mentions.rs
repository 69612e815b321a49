//! Finds mentions in a message: `@id`, `@name` or `@"a name of several words"`.
//!
//! Owns the beginning and end of a mention. Does not know users: a mention is a text that may be an id or a
//! name.

use super::{sanitise::Sanitised, visible_text::text_of};

/// Greatest number of mentions in a message. Further ones are ignored.
pub const MAX_MENTIONS: usize = 20;

/// Longest id or name in characters.
const MAX_CHARS: usize = 128;

/// Opening and closing quotes. Phones replace the first pair by the second.
const QUOTES: [(char, char); 2] = [('"', '"'), ('“', '”')];

/// Distinct mentions of a message in order. Costs nothing without an `@`.
pub fn mentions_of(body: &Sanitised) -> Vec<String> {
    if !body.as_str().contains('@') {
        return Vec::new();
    }
    mentions_in(&text_of(body.as_str()))
}

/// Distinct mentions in a text, in order.
pub fn mentions_in(text: &str) -> Vec<String> {
    let mut mentions: Vec<String> = Vec::new();
    let mut before = None;
    let mut rest = text;
    while let Some(c) = rest.chars().next() {
        rest = &rest[c.len_utf8()..];
        if c == '@' && before.is_none_or(may_precede) {
            let (mention, length) = mention(rest);
            if let Some(mention) = mention.filter(|it| !mentions.iter().any(|known| known == it)) {
                mentions.push(mention.to_owned());
            }
            if mentions.len() == MAX_MENTIONS {
                break;
            }
            before = rest[..length].chars().next_back().or(Some(c));
            rest = &rest[length..];
        } else {
            before = Some(c);
        }
    }
    mentions
}

/// Returns `true` if an `@` after this character begins a mention. After the listed ones it is part of an
/// address or a path.
fn may_precede(c: char) -> bool {
    !(c.is_alphanumeric() || "@_.-+%/:|&=#~".contains(c))
}

/// Parses the text after an `@`. Returns the mention and the bytes consumed.
fn mention(text: &str) -> (Option<&str>, usize) {
    let quoted = QUOTES.iter().find_map(|(open, close)| Some((text.strip_prefix(*open)?, open, close)));
    if let Some((inside, open, close)) = quoted {
        let Some(end) = inside.char_indices().take(MAX_CHARS + 1).find(|(_, c)| c == close) else {
            return (None, 0);
        };
        let name = inside[..end.0].trim();
        return ((!name.is_empty()).then_some(name), open.len_utf8() + end.0 + close.len_utf8());
    }
    let length = text.find(|c| !is_of_word(c)).unwrap_or(text.len());
    // Punctuation within an id belongs to it; at the end it belongs to the sentence.
    let word = text[..length].trim_end_matches(|c: char| !c.is_alphanumeric() && c != '_' && !is_mark(c));
    let sound =
        word.starts_with(|c: char| c.is_alphanumeric() || c == '_') && word.chars().nth(MAX_CHARS).is_none();
    (sound.then_some(word), length)
}

fn is_of_word(c: char) -> bool {
    c.is_alphanumeric() || "_-.+|:@".contains(c) || is_mark(c)
}

/// Marks that combine with the letter before them, in scripts whose names use them.
fn is_mark(c: char) -> bool {
    matches!(c, '\u{300}'..='\u{36f}' | '\u{900}'..='\u{dff}' | '\u{e31}' | '\u{e34}'..='\u{e3a}'
        | '\u{e47}'..='\u{e4e}' | '\u{200c}' | '\u{200d}')
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_mention_is_an_id_or_a_name_behind_an_at() {
        for (text, expected) in [
            ("@alex", vec!["alex"]),
            ("hi @alex, and @\"Ada Lovelace\"!", vec!["alex", "Ada Lovelace"]),
            ("(@alex)", vec!["alex"]),
            ("@alex: look. @bo.", vec!["alex", "bo"]),
            ("@alex?!", vec!["alex"]),
            ("@Alex's ticket", vec!["Alex"]),
            ("@auth0|5f7c8e @a.b-c_d @me@example.org", vec!["auth0|5f7c8e", "a.b-c_d", "me@example.org"]),
            ("@“Ada Lovelace” @\" Bo \"", vec!["Ada Lovelace", "Bo"]),
            ("@Zoë @山田", vec!["Zoë", "山田"]),
            ("@alex @alex", vec!["alex"]),
            ("\"@alex\"", vec!["alex"]),
            ("@alex\n@bo", vec!["alex", "bo"]),
        ] {
            assert_eq!(mentions_in(text), expected, "{text}");
        }
    }

    #[test]
    fn addresses_paths_and_lone_signs_mention_nobody() {
        for text in [
            "mail a@b.example",
            "mail a.b@c.example or first-last@x.example",
            "https://x.example/@alex",
            "@",
            "@ alex",
            "@@alex",
            "@\"\"",
            "@\"never closed",
            "5 @ 3 €",
            "@...",
            "a@\"b c\"",
        ] {
            assert_eq!(mentions_in(text), Vec::<String>::new(), "{text}");
        }
    }

    #[test]
    fn what_is_behind_a_quote_that_never_closes_is_read_on() {
        assert_eq!(mentions_in("@\"oops @alex"), ["alex"]);
    }

    #[test]
    fn a_message_mentions_so_many_and_no_more() {
        let text: String = (0..50).map(|n| format!("@u{n} ")).collect();
        let mentions = mentions_in(&text);
        assert_eq!(mentions.len(), MAX_MENTIONS);
        assert_eq!(mentions[19], "u19");
    }

    #[test]
    fn markup_is_looked_through_and_links_are_not_mentions() {
        let of = |html: &str| mentions_of(&Sanitised::from_html(html));
        assert_eq!(of("<p>hi</p><p>@alex</p>"), ["alex"]);
        assert_eq!(of("<b>@al</b>ex"), ["alex"]);
        assert_eq!(of("<a href=\"mailto:@bo\">@alex</a>"), ["alex"]);
        assert_eq!(mentions_of(&Sanitised::from_text("@\"Ada Lovelace\"\n@bo<")), ["Ada Lovelace", "bo"]);
    }

    proptest! {
        #[test]
        fn any_text_gives_few_short_mentions_that_stand_in_it(text in "[@\"“” a-cé.:|_\\n-]{0,80}|\\PC{0,60}") {
            let mentions = mentions_in(&text);
            prop_assert!(mentions.len() <= MAX_MENTIONS);
            for mention in &mentions {
                prop_assert!(!mention.is_empty() && mention.chars().count() <= MAX_CHARS);
                prop_assert!(text.contains(mention.as_str()), "{mention}");
                prop_assert_eq!(mention.trim(), mention.as_str());
            }
        }

        #[test]
        fn a_word_is_found_wherever_white_space_is_around_it(
            id in "[a-zé0-9_][a-zé0-9_.|-]{0,20}[a-zé0-9_]", before in "[a-z.,@]{0,8}", after in "[a-z.,]{0,8}",
        ) {
            let text = format!("{before} @{id} {after}");
            prop_assert!(mentions_in(&text).contains(&id), "{text}");
        }

        #[test]
        fn any_name_without_quotes_can_be_mentioned_within_them(name in "[a-zA-Zé@.' -]{1,60}") {
            let name = name.trim();
            prop_assume!(!name.is_empty());
            let mentions = mentions_in(&format!("hi @\"{name}\", there"));
            prop_assert_eq!(mentions.first().map(String::as_str), Some(name));
        }
    }
}
