//! How many bytes of inbound messages all connections together may hold.
//!
//! Owns the counting; a connection's share is given back when it ends, whatever happened to it.

use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};

/// The process-wide budget.
pub struct InboundBudget {
    max: usize,
    held: AtomicUsize,
}

impl InboundBudget {
    /// A budget of `max` bytes.
    pub fn new(max: usize) -> Arc<Self> {
        Arc::new(Self { max, held: AtomicUsize::new(0) })
    }
}

/// What one connection holds of the budget.
pub(super) struct Share {
    budget: Arc<InboundBudget>,
    held: AtomicUsize,
}

impl Share {
    pub(super) fn new(budget: Arc<InboundBudget>) -> Self {
        Self { budget, held: AtomicUsize::new(0) }
    }

    /// Takes `bytes`, or nothing when they are not there.
    pub(super) fn take(&self, bytes: usize) -> bool {
        let budget = &self.budget;
        let within = |held: usize| held.checked_add(bytes).filter(|sum| *sum <= budget.max);
        let taken = budget.held.fetch_update(Ordering::Relaxed, Ordering::Relaxed, within).is_ok();
        if taken {
            self.held.fetch_add(bytes, Ordering::Relaxed);
        }
        taken
    }

    /// Gives `bytes` back, at most what is held.
    pub(super) fn give_back(&self, bytes: usize) {
        let held = self.held.load(Ordering::Relaxed);
        let bytes = bytes.min(held);
        self.held.store(held - bytes, Ordering::Relaxed);
        self.budget.held.fetch_sub(bytes, Ordering::Relaxed);
    }
}

impl Drop for Share {
    fn drop(&mut self) {
        self.budget.held.fetch_sub(self.held.load(Ordering::Relaxed), Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_share_is_refused_beyond_the_budget_and_returned_when_dropped() {
        let budget = InboundBudget::new(100);
        let (one, two) = (Share::new(Arc::clone(&budget)), Share::new(Arc::clone(&budget)));
        assert!(one.take(60));
        assert!(!two.take(60));
        one.give_back(30);
        assert!(two.take(60));
        drop(one);
        drop(two);
        assert_eq!(budget.held.load(Ordering::Relaxed), 0);
    }

    #[test]
    fn what_is_larger_than_the_whole_budget_is_refused_even_when_nothing_is_held() {
        let budget = InboundBudget::new(100);
        let share = Share::new(Arc::clone(&budget));
        assert!(!share.take(101));
        assert!(!share.take(usize::MAX));
        assert!(share.take(100));
    }
}
