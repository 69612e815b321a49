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
    digest::{ContentDigest, Digest, DigestKey, constant_time_eq},
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
