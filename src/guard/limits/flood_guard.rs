//! Detects peers that continue to send after refusals.
//!
//! Owns the number of tolerated refusals. Does not know what was refused.

use std::num::NonZeroU32;

use governor::{DefaultDirectRateLimiter, Quota, RateLimiter};

/// Refusals in a burst that an honest client with a full pipeline may cause.
const BURST: NonZeroU32 = NonZeroU32::new(100).unwrap();

/// Refusals a second below which an honest client with back-off stays.
const PER_SECOND: NonZeroU32 = NonZeroU32::new(2).unwrap();

/// Counts the refusals of one connection. Allocates nothing before the first.
#[derive(Default)]
pub struct FloodGuard(Option<Box<DefaultDirectRateLimiter>>);

impl FloodGuard {
    /// Records a refusal. Returns `false` once the peer must be disconnected.
    pub fn refused(&mut self) -> bool {
        let quota = || Box::new(RateLimiter::direct(Quota::per_second(PER_SECOND).allow_burst(BURST)));
        self.0.get_or_insert_with(quota).check().is_ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patience_outlasts_a_full_pipeline_but_not_a_flood() {
        let mut patience = FloodGuard::default();
        assert!((0..64).all(|_| patience.refused()));
        assert!((0..100_000).any(|_| !patience.refused()));
    }
}
