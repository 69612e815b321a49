//! Counts in the form that databases and JSON have for them: 64 bits with a sign.

/// The number, or the greatest of 64 bits when it is beyond that.
pub fn saturating_i64(count: impl TryInto<i64>) -> i64 {
    count.try_into().unwrap_or(i64::MAX)
}
