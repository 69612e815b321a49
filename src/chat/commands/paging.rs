//! How long a page of a reply may be.

use crate::protocol::WireError;

/// Of a page whose length was not asked for.
pub(in crate::chat) const DEFAULT_LIMIT: u32 = 50;
/// Of most pages, at most.
pub(in crate::chat) const MAX_LIMIT: u32 = 200;

/// The length that was asked for, or `default`.
///
/// # Errors
/// `invalid_payload` beyond 1 to `max`.
pub(in crate::chat) fn limit(wanted: Option<u32>, default: u32, max: u32) -> Result<usize, WireError> {
    let limit = wanted.unwrap_or(default);
    if !(1..=max).contains(&limit) {
        return Err(WireError::invalid("limit", format!("Expected 1 to {max}.")));
    }
    Ok(limit as usize)
}
