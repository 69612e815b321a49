//! E-mail addresses as callers give them: plain text within the bound.
//!
//! Owns the one check of an address. Does not know whether it is a real one: nothing is sent to it.

use super::plain_text::{PlainText, TextError};
use crate::domain::user::EMAIL_CHARS;

/// Takes an address that a caller may correct.
///
/// # Errors
/// When nothing visible is left, or beyond [`EMAIL_CHARS`].
pub fn email(input: &str) -> Result<PlainText, TextError> {
    PlainText::new(input, EMAIL_CHARS)
}

/// Takes an address that a token carries, cut to [`EMAIL_CHARS`]; `None` when nothing visible is left.
pub fn truncated_email(input: &str) -> Option<PlainText> {
    PlainText::truncated(input, EMAIL_CHARS)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_beyond_the_bound_is_refused_or_cut() {
        let longest = "a".repeat(EMAIL_CHARS);
        let longer = "a".repeat(EMAIL_CHARS + 1);
        assert_eq!(email(&longest).unwrap().as_str(), longest);
        assert_eq!(email(&longer), Err(TextError::TooLong { max: EMAIL_CHARS }));
        assert_eq!(truncated_email(&longer).unwrap().as_str(), longest);
    }
}
