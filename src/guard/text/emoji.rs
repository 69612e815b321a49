//! Checks emojis for reactions.
//!
//! Owns the list of emojis and their one spelling. Does not know the reactions of a message.

use std::{collections::HashMap, sync::LazyLock};

/// Variation selector U+FE0F: shows the character before it as an emoji.
const EMOJI_PRESENTATION: char = '\u{fe0f}';

/// Emoji that Unicode recommends for interchange, fully qualified. Skin tones, flags, keycaps and sequences
/// with joiners count as one. Two spellings of an emoji are equal.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Emoji(&'static str);

/// Text that is not one emoji within the bound.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("expected one emoji of at most {max} bytes")]
pub struct NotAnEmoji {
    /// Bound in bytes.
    max: usize,
}

impl Emoji {
    /// Parses one emoji, with or without variation selectors. `max_bytes` bounds its fully qualified form.
    pub fn new(input: &str, max_bytes: usize) -> Result<Self, NotAnEmoji> {
        if input.len() > max_bytes {
            return Err(NotAnEmoji { max: max_bytes });
        }
        find(input).filter(|it| it.len() <= max_bytes).map(Self).ok_or(NotAnEmoji { max: max_bytes })
    }

    /// Fully qualified emoji.
    pub fn as_str(self) -> &'static str {
        self.0
    }
}

/// All emojis by their spelling without selectors.
static BARE: LazyLock<HashMap<String, &'static str>> =
    LazyLock::new(|| all().map(|emoji| (bare(emoji), emoji)).collect());

/// All emojis, fully qualified. The look-up of the library is not used: it confuses some sequences with two
/// skin tones.
fn all() -> impl Iterator<Item = &'static str> {
    emojis::iter().flat_map(|emoji| {
        let toned = emoji.skin_tones().into_iter().flatten();
        std::iter::once(emoji).chain(toned).map(emojis::Emoji::as_str)
    })
}

fn bare(emoji: &str) -> String {
    emoji.chars().filter(|c| *c != EMOJI_PRESENTATION).collect()
}

fn find(input: &str) -> Option<&'static str> {
    // A selector must follow a character. A redundant one is ignored.
    let mut before = EMOJI_PRESENTATION;
    for c in input.chars() {
        if c == EMOJI_PRESENTATION && before == EMOJI_PRESENTATION {
            return None;
        }
        before = c;
    }
    BARE.get(&bare(input)).copied()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn spelt(input: &str) -> Option<&'static str> {
        Emoji::new(input, 64).ok().map(Emoji::as_str)
    }

    #[test]
    fn every_kind_of_sequence_is_one_emoji() {
        for emoji in [
            "😀",
            "👍🏽",
            "👩‍🚀",
            "👩🏿‍🚀",
            "👨‍👩‍👧‍👦",
            "🧑🏻‍🤝‍🧑🏿",
            "🏳️‍🌈",
            "🏴‍☠️",
            "🇩🇪",
            "🏴\u{e0067}\u{e0062}\u{e0065}\u{e006e}\u{e0067}\u{e007f}",
            "1️⃣",
            "#️⃣",
            "©️",
            "❤️‍🔥",
            "👁️‍🗨️",
        ] {
            assert_eq!(spelt(emoji), Some(emoji), "{emoji}");
        }
    }

    #[test]
    fn what_is_no_emoji_or_more_than_one_is_refused() {
        for input in [
            "",
            " ",
            "a",
            "1",
            "#",
            "ab",
            ":)",
            ":+1:",
            "<b>",
            "😀😀",
            "😀 ",
            " 😀",
            "😀a",
            "🇩",
            "🇦🇦",
            "🇩🇪🇫🇷",
            "🏽",
            "\u{200d}",
            "\u{fe0f}",
            "\u{20e3}",
            "1\u{fe0f}",
            "👩‍",
            "👍🏽🏽",
            "👩‍😀",
            "\u{fe0f}😀",
            "❤\u{fe0f}\u{fe0f}",
            "❤\u{fe0e}",
            "\u{1fffd}",
            "😀\u{202e}",
            "\0",
        ] {
            assert_eq!(spelt(input), None, "{input:?}");
        }
    }

    #[test]
    fn spellings_of_the_same_emoji_are_one() {
        for (input, emoji) in [
            ("❤", "❤️"),
            ("☺", "☺️"),
            ("1\u{20e3}", "1️⃣"),
            ("👍\u{fe0f}", "👍"),
            ("🏳\u{200d}🌈", "🏳️‍🌈"),
            ("👁\u{200d}🗨\u{fe0f}", "👁️‍🗨️"),
            ("👁\u{fe0f}\u{200d}🗨", "👁️‍🗨️"),
        ] {
            assert_eq!(spelt(input), Some(emoji), "{input:?}");
        }
    }

    #[test]
    fn every_emoji_is_found_as_it_is_and_without_selectors() {
        assert!(all().count() > 3_500);
        for emoji in all() {
            assert_eq!(spelt(emoji), Some(emoji), "{emoji}");
            assert_eq!(spelt(&bare(emoji)), Some(emoji), "{emoji} without selectors");
        }
    }

    #[test]
    fn the_bound_counts_the_bytes_of_the_full_spelling() {
        assert_eq!(Emoji::new("❤️", 6).map(Emoji::as_str), Ok("❤️"));
        let refused = Emoji::new("❤️", 5).unwrap_err();
        assert_eq!(Emoji::new("❤", 5), Err(refused), "the same answer for each spelling");
        assert_eq!(refused.to_string(), "expected one emoji of at most 5 bytes");
    }

    proptest! {
        #[test]
        fn two_emojis_are_never_one(one in 0_usize..3_500, other in 0_usize..3_500) {
            let (one, other) = (all().nth(one).unwrap(), all().nth(other).unwrap());
            // Two letters of flags, or a character and its modifier, may form an emoji, but two whole emojis
            // never do.
            prop_assert_eq!(spelt(&format!("{one}{other}")), None);
        }

        #[test]
        fn what_is_taken_is_on_the_list(input in "\\PC{0,4}") {
            if let Ok(emoji) = Emoji::new(&input, 64) {
                prop_assert!(all().any(|it| it == emoji.as_str()));
            }
        }
    }
}
