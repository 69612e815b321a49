//! FLOOR 1. Checks a caller's input before the rest of the program uses it.
//!
//! Owns ammonia (markup), governor (rates), base64 and infer (attachments), emojis, and types that only this
//! floor can create: [`Sanitised`], [`PlainText`], [`Emoji`], [`Admitted`], [`Checked`], [`Inspected`]. A
//! parameter of such a type is proof of the check. Does not know commands, sockets or the database.

pub mod crypto;
pub mod files;
pub mod limits;
pub mod net;
pub mod text;

pub use crypto::{
    digest::{ContentDigest, Digest, DigestKey},
    identity_claim::IdentityKey,
    signed_url::{UrlGrant, UrlKey},
};
pub use files::attachment::{AllowedTypes, AttachmentError, Checked, Inspected, Inspection};
pub use limits::{
    Admitted, LimitClock, Limited, Limits, RatesError,
    memory_budget::{BudgetShare, MemoryBudget},
};
pub use net::bearer::bearer;
pub use text::{
    app_events::{Identifier, JsonObject},
    email::{email, truncated_email},
    emoji::{Emoji, NotAnEmoji},
    plain_text::{PlainText, TextError},
    safe_link::SafeLink,
    sanitise::Sanitised,
    search_terms::{SearchTerms, SearchTermsError},
};

/// Compares two byte strings in a time that depends only on their lengths.
pub fn constant_time_eq(a: &[u8], b: &[u8]) -> bool {
    subtle::ConstantTimeEq::ct_eq(a, b).into()
}

/// Returns `true` for characters that are invisible or change the direction of text.
///
/// The joiners U+200C and U+200D are not included: Persian and emoji need them.
fn is_invisible(c: char) -> bool {
    matches!(c,
        '\u{00ad}' | '\u{061c}' | '\u{180e}' | '\u{200b}' | '\u{200e}' | '\u{200f}'
        | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}')
}

/// Returns `true` if a text has a visible character.
fn has_visible(text: &str) -> bool {
    text.chars().any(|c| {
        !c.is_whitespace() && !c.is_control() && !is_invisible(c) && !matches!(c, '\u{200c}' | '\u{200d}')
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equality_in_constant_time_is_equality() {
        assert!(constant_time_eq(b"abc", b"abc"));
        assert!(!constant_time_eq(b"abc", b"abd"));
        assert!(!constant_time_eq(b"abc", b"abcd"));
    }
}
