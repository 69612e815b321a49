//! Tests of folding, queries and snippets.

use proptest::prelude::*;

use super::search_terms::*;
use crate::guard::text::visible_text::text_of;

fn words(text: &str) -> Vec<String> {
    let mut out = String::new();
    push_words(text, &mut out);
    out.split(' ').skip(1).map(str::to_owned).collect()
}

fn terms(query: &str) -> SearchTerms {
    SearchTerms::parse(query, 1_000).unwrap()
}

#[test]
fn words_are_runs_of_letters_and_digits_folded() {
    for (text, expected) in [
        ("Hello, World-42!", vec!["hello", "world", "42"]),
        ("Crème BRÛLÉE naïve", vec!["creme", "brulee", "naive"]),
        ("I\u{307}stanbul İstanbul", vec!["istanbul", "istanbul"]),
        ("ὈΔΥΣΣΕΎΣ ὀδυσσεύς", vec!["οδυσσευσ", "οδυσσευσ"]),
        ("Straße ﬁne ２４", vec!["straße", "fine", "24"]),
        ("ёлка", vec!["елка"]),
        ("don't_stop", vec!["don", "t", "stop"]),
        ("👍 1️⃣ \u{301}", vec!["1"]),
        ("", vec![]),
    ] {
        assert_eq!(words(text), expected, "{text}");
    }
    assert_ne!(words("かき"), words("がき"), "voicing marks tell words apart");
    assert_ne!(words("का"), words("कि"), "vowel signs tell words apart");
}

#[test]
fn a_word_and_a_text_are_compared_up_to_a_bound() {
    assert_eq!(words(&"x".repeat(10_000)), ["x".repeat(WORD_CHARS)]);
    let long = "ab ".repeat(TEXT_BYTES);
    let mut out = String::new();
    push_words(&long, &mut out);
    assert!(out.len() <= TEXT_BYTES);
}

#[test]
fn the_last_word_of_a_query_is_a_prefix() {
    let asked = terms("\"Error\" AND err* \"Pri");
    assert_eq!(
        (asked.exact(), asked.prefix()),
        (["error", "and", "err"].map(str::to_owned).as_slice(), "pri")
    );
    assert_eq!(SearchTerms::parse(" -*\"()' ", 100), Err(SearchTermsError::NoWord));
    assert_eq!(SearchTerms::parse("abc", 2), Err(SearchTermsError::TooLong(2)));
    let many: Vec<String> = (0..17).map(|n| n.to_string()).collect();
    assert_eq!(SearchTerms::parse(&many.join(" "), 100), Err(SearchTermsError::TooManyWords));
    assert!(SearchTerms::parse(&many[..16].join(" "), 100).is_ok());
}

#[test]
fn a_snippet_shows_matches_in_context() {
    assert_eq!(
        snippet("The Printer is ON fire", &terms("fire prin")),
        "The <b>Printer</b> is ON <b>fire</b>"
    );
    assert_eq!(snippet("Crème brûlée", &terms("BRULEE")), "Crème <b>brûlée</b>");
    assert_eq!(snippet("a<b>&\"x\"", &terms("b")), "a&lt;<b>b</b>&gt;&amp;&quot;x&quot;");
    let text = format!("{}needle{}", "hay ".repeat(200), " straw".repeat(200));
    let html = snippet(&text, &terms("needle"));
    assert!(html.starts_with("…hay ") && html.ends_with(" straw…"), "{html}");
    assert!(html.contains("hay <b>needle</b> straw"), "{html}");
    assert!(html.chars().count() <= SNIPPET_CHARS + 9, "{html}");
}

#[test]
fn a_word_without_end_is_cut() {
    let html = snippet(&"é".repeat(10_000), &terms("ee"));
    assert_eq!(html, format!("<b>{}</b>…", "é".repeat(SNIPPET_CHARS)));
}

proptest! {
    #[test]
    fn folded_words_hold_nothing_that_an_index_reads_as_an_operator(text in ".{0,60}") {
        for word in words(&text) {
            prop_assert!(!word.is_empty());
            prop_assert!(word.chars().all(|c| if c.is_ascii() {
                c.is_ascii_lowercase() || c.is_ascii_digit()
            } else {
                !c.is_whitespace() && !c.is_control()
            }), "{word:?}");
            prop_assert_eq!(words(&word), vec![word.clone()], "folding again changes nothing");
        }
    }

    #[test]
    fn a_snippet_is_a_part_of_the_text_and_never_markup(
        text in "[a-c<>&\"' é\u{301}\u{3000}İﬁ]{0,400}",
        query in "[a-cé]{1,2}( [a-cé]{1,2})?",
    ) {
        let html = snippet(&text, &terms(&query));
        let bare = html.trim_start_matches('…').trim_end_matches('…');
        let parts = bare.replace("<b>", "").replace("</b>", "");
        prop_assert!(!parts.contains(['<', '>', '"']), "{html}");
        prop_assert!(text.contains(&*html_escape::decode_html_entities(&parts)), "{html}");
        prop_assert_eq!(html.matches("<b>").count(), html.matches("</b>").count());
        let found = terms(&query).begins_a_word_of(&text);
        prop_assert!(!found || html.contains("<b>"), "{html}");
        let _ = text_of(&html);
    }
}
