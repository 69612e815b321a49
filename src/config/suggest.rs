//! Finds names for "did you mean …?".
//!
//! Owns the comparison of misspelled names. Does not know what they name.

/// Candidate most similar to `word`; `None` if all are too different.
pub(super) fn closest<'a>(word: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let best = candidates.into_iter().map(|name| (strsim::levenshtein(word, name), name)).min()?;
    (best.0 <= (word.len() / 4).clamp(1, 3)).then_some(best.1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn distances_are_those_of_levenshtein() {
        assert_eq!(strsim::levenshtein("kitten", "sitting"), 3);
        assert_eq!(strsim::levenshtein("", "abc"), 3);
        assert_eq!(strsim::levenshtein("abc", ""), 3);
        assert_eq!(strsim::levenshtein("same", "same"), 0);
    }

    #[test]
    fn a_slip_is_recognised_and_a_stranger_is_not() {
        assert_eq!(closest("lisen", ["listen", "log"]), Some("listen"));
        assert_eq!(closest("colour", ["listen", "log"]), None);
    }
}
