//! Sign-in: tokens, how they expire, and what happens to connections of users who change.

mod authenticating;
mod locked_out;
mod role_changes;
mod token_expiry;
