//! Emojis: what may be put under a message.
//!
//! Owns what counts as one emoji, and its one spelling. Does not know which emojis a ticket has.

use std::{collections::HashMap, sync::LazyLock};

/// U+FE0F: the character before it is meant as an emoji.
const EMOJI_PRESENTATION: char = '\u{fe0f}';

/// One emoji that Unicode recommends for interchange, fully qualified: skin tones, flags, keycaps and
/// sequences with joiners are one each. Two spellings of the same emoji are equal.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Emoji(&'static str);

/// The text is not one emoji within the bound.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("expected one emoji of at most {max} bytes")]
pub struct NotAnEmoji {
    /// The bound.
    max: usize,
}

impl Emoji {
    /// Takes one emoji, with or without variation selectors, of at most `max_bytes` bytes when it is
    /// fully qualified.
    pub fn new(input: &str, max_bytes: usize) -> Result<Self, NotAnEmoji> {
        if input.len() > max_bytes {
            return Err(NotAnEmoji { max: max_bytes });
        }
        find(input).filter(|it| it.len() <= max_bytes).map(Self).ok_or(NotAnEmoji { max: max_bytes })
    }

    /// The emoji, fully qualified.
    pub fn as_str(self) -> &'static str {
        self.0
    }
}

/// All emojis, by their spelling without any selector.
static BARE: LazyLock<HashMap<String, &'static str>> =
    LazyLock::new(|| all().map(|emoji| (bare(emoji), emoji)).collect());

/// All emojis, fully qualified. (The library's own look-up is not used: it takes some spellings of
/// sequences with two skin tones for others.)
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
    // A selector belongs to the character before it; where none is needed, one changes nothing.
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
            // Two flags' letters, or a letter and what it modifies, may be an emoji: not two of whole ones.
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
