//! Checks e-mail addresses of callers: plain text within the bound.
//!
//! Owns the one check of an address. Does not know whether the address exists: the server sends no mail.

use super::plain_text::{PlainText, TextError};
use crate::domain::user::EMAIL_CHARS;

/// Checks an address that a caller can correct.
///
/// # Errors
/// Refuses an address without a visible character, and one longer than [`EMAIL_CHARS`].
pub fn email(input: &str) -> Result<PlainText, TextError> {
    PlainText::new(input, EMAIL_CHARS)
}

/// Cuts the address of a token to [`EMAIL_CHARS`]; `None` without a visible character.
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
