//! Bounds the bytes of inbound messages and request bodies in memory, of all peers together and of each user.
//!
//! Owns the counting. Does not own the bytes: a share returns its part on drop.

use std::{
    cell::OnceCell,
    collections::HashMap,
    sync::{
        Arc, Weak,
        atomic::{AtomicUsize, Ordering},
    },
};

use parking_lot::Mutex;

use crate::domain::UserId;

/// Divisor for the part of one user, which is at least one message of the largest size. So no user can
/// exhaust the budget, if a message is small against it.
const USER_PART: usize = 4;

/// Divisor for the part reserved for small messages. Large messages that are announced but never arrive
/// cannot prevent sign-in and chat.
const RESERVED_PART: usize = 8;

/// Largest small message in bytes: the default bound of a message before sign-in.
const SMALL: usize = 8 * 1024;

/// Budget of the whole process.
pub struct MemoryBudget {
    max: usize,
    max_of_user: usize,
    held: AtomicUsize,
    users: Mutex<HashMap<UserId, Weak<AtomicUsize>>>,
}

impl MemoryBudget {
    /// Creates a budget of `max` bytes for messages of at most `largest` bytes each.
    pub fn new(max: usize, largest: usize) -> Arc<Self> {
        let max_of_user = (max / USER_PART).max(largest);
        Arc::new(Self { max, max_of_user, held: AtomicUsize::new(0), users: Mutex::default() })
    }

    /// Bytes in use.
    pub fn held(&self) -> usize {
        self.held.load(Ordering::Relaxed)
    }

    /// Size of the budget in bytes.
    pub fn max(&self) -> usize {
        self.max
    }
}

/// Part of the budget used by one connection or request, returned on drop.
pub struct BudgetShare {
    budget: Arc<MemoryBudget>,
    held: AtomicUsize,
    user: OnceCell<(UserId, Arc<AtomicUsize>)>,
}

impl BudgetShare {
    /// Creates a share of 0 bytes.
    pub fn new(budget: Arc<MemoryBudget>) -> Self {
        Self { budget, held: AtomicUsize::new(0), user: OnceCell::new() }
    }

    /// Assigns the share to a user, whose limit then applies to all its bytes. Later calls change nothing.
    pub fn belongs_to(&self, user: &UserId) {
        self.user.get_or_init(|| {
            let mut users = self.budget.users.lock();
            let known = users.get(user).and_then(Weak::upgrade);
            let held = known.unwrap_or_else(|| {
                let fresh = Arc::new(AtomicUsize::new(0));
                users.insert(user.clone(), Arc::downgrade(&fresh));
                fresh
            });
            held.fetch_add(self.held.load(Ordering::Relaxed), Ordering::Relaxed);
            (user.clone(), held)
        });
    }

    /// Bytes of this share.
    pub fn held(&self) -> usize {
        self.held.load(Ordering::Relaxed)
    }

    /// Reserves `bytes`. Returns `false` and reserves nothing if the budget or the user's part is exhausted.
    pub fn take(&self, bytes: usize) -> bool {
        let max = self.budget.max;
        let open_to_it = if bytes <= SMALL { max } else { max - max / RESERVED_PART };
        if !add_within(&self.budget.held, bytes, open_to_it) {
            return false;
        }
        if let Some((_, user)) = self.user.get()
            && !add_within(user, bytes, self.budget.max_of_user)
        {
            self.budget.held.fetch_sub(bytes, Ordering::Relaxed);
            return false;
        }
        self.held.fetch_add(bytes, Ordering::Relaxed);
        true
    }

    /// Returns `bytes` to the budget, at most those of this share.
    pub fn give_back(&self, bytes: usize) {
        let held = self.held();
        let bytes = bytes.min(held);
        self.held.store(held - bytes, Ordering::Relaxed);
        self.budget.held.fetch_sub(bytes, Ordering::Relaxed);
        if let Some((_, user)) = self.user.get() {
            user.fetch_sub(bytes, Ordering::Relaxed);
        }
    }
}

impl Drop for BudgetShare {
    fn drop(&mut self) {
        self.give_back(self.held());
        let Some((id, held)) = self.user.take() else { return };
        let mut users = self.budget.users.lock();
        drop(held);
        if users.get(&id).is_some_and(|user| user.strong_count() == 0) {
            users.remove(&id);
        }
    }
}

fn add_within(held: &AtomicUsize, bytes: usize, max: usize) -> bool {
    let within = |before: usize| before.checked_add(bytes).filter(|after| *after <= max);
    held.fetch_update(Ordering::Relaxed, Ordering::Relaxed, within).is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_share_is_refused_beyond_the_budget_and_returned_when_dropped() {
        let budget = MemoryBudget::new(100, 1);
        let (one, two) = (BudgetShare::new(Arc::clone(&budget)), BudgetShare::new(Arc::clone(&budget)));
        assert!(one.take(60));
        assert!(!two.take(60));
        one.give_back(30);
        assert!(two.take(60));
        drop(one);
        drop(two);
        assert_eq!(budget.held.load(Ordering::Relaxed), 0);
    }

    #[test]
    fn one_user_cannot_spend_the_budget_over_many_connections() {
        let budget = MemoryBudget::new(400, 1);
        let user = UserId::new("greedy").unwrap();
        let shares: Vec<BudgetShare> = (0..4).map(|_| BudgetShare::new(Arc::clone(&budget))).collect();
        shares.iter().for_each(|share| share.belongs_to(&user));
        assert!(shares[0].take(60));
        assert!(!shares[1].take(60), "a quarter is all");
        assert!(shares[1].take(40));
        let other = BudgetShare::new(Arc::clone(&budget));
        other.belongs_to(&UserId::new("modest").unwrap());
        assert!(other.take(100));
        drop(shares);
        drop(other);
        assert!(budget.users.lock().is_empty());
        assert_eq!(budget.held.load(Ordering::Relaxed), 0);
    }

    #[test]
    fn one_message_of_the_greatest_size_is_within_a_users_part() {
        let share = BudgetShare::new(MemoryBudget::new(400, 300));
        share.belongs_to(&UserId::new("one").unwrap());
        assert!(share.take(300));
    }

    #[test]
    fn large_messages_leave_room_for_small_ones() {
        let budget = MemoryBudget::new(800_000, 700_000);
        let (large, small) = (BudgetShare::new(Arc::clone(&budget)), BudgetShare::new(Arc::clone(&budget)));
        assert!(!large.take(700_001));
        assert!(large.take(700_000));
        assert!(!small.take(SMALL + 1));
        assert!((0..12).all(|_| small.take(SMALL)));
    }

    #[test]
    fn an_absurd_length_does_not_overflow() {
        let share = BudgetShare::new(MemoryBudget::new(100, 1));
        assert!(share.take(1));
        assert!(!share.take(usize::MAX));
        assert!(share.take(99));
    }
}
