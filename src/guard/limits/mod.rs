//! Rate limits for each class of commands.
//!
//! Owns governor: one limiter a class, keyed by user, and three keyed by address for senders before sign-in.
//! Does not know the consequences of repeated refusals.

pub mod flood_guard;
pub mod memory_budget;

use std::{net::IpAddr, num::NonZeroU32, time::Duration};

use governor::{
    Quota, RateLimiter,
    clock::{self, Clock as _, FakeRelativeClock, Reference as _},
    middleware::NoOpMiddleware,
    nanos::Nanos,
    state::keyed::DashMapStateStore,
};
use strum::VariantArray;

use crate::domain::{Class, Rate, Rates, UserId};

/// Proof that a command was charged to its class and admitted. Only [`Limits`] creates it.
#[derive(Debug, PartialEq, Eq)]
#[must_use = "the stage after the limit requires this"]
pub struct Admitted(());

/// Refusal by a rate limit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("too many; try again in {} ms", self.retry_after_ms())]
pub struct Limited {
    /// Time until the next command of this class is admitted, if none is tried before. Above zero.
    pub retry_after: Duration,
}

impl Limited {
    /// `retry_after` in whole milliseconds, rounded up so that the wait is sufficient.
    pub fn retry_after_ms(&self) -> u64 {
        u64::try_from(self.retry_after.as_nanos().div_ceil(1_000_000)).unwrap_or(u64::MAX)
    }
}

/// Rate that the limiter cannot implement.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the rate of `{}` {problem}", class.as_str())]
pub struct RatesError {
    /// Class with this rate.
    pub class: Class,
    problem: &'static str,
}

/// Clock of the limiters: monotonic, or manual in tests.
#[derive(Clone, Debug)]
pub struct LimitClock(Source);

#[derive(Clone, Debug)]
enum Source {
    System { clock: clock::DefaultClock, start: <clock::DefaultClock as clock::Clock>::Instant },
    Manual(FakeRelativeClock),
}

impl LimitClock {
    /// Monotonic clock of the system.
    pub fn system() -> Self {
        let clock = clock::DefaultClock::default();
        let start = clock.now();
        Self(Source::System { clock, start })
    }

    /// Clock that only [`LimitClock::advance`] moves. Clones share its time.
    pub fn manual() -> Self {
        Self(Source::Manual(FakeRelativeClock::default()))
    }

    /// Advances a manual clock; does nothing to the system's.
    pub fn advance(&self, by: Duration) {
        if let Source::Manual(fake) = &self.0 {
            fake.advance(by);
        }
    }
}

impl clock::Clock for LimitClock {
    type Instant = Nanos;

    fn now(&self) -> Nanos {
        match &self.0 {
            Source::System { clock, start } => clock.now().duration_since(*start),
            Source::Manual(fake) => fake.now(),
        }
    }
}

/// Network charged for an address. An IPv6 address counts as its /64, which belongs to one subscriber.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Network {
    V4(u32),
    V6(u64),
}

impl From<IpAddr> for Network {
    fn from(ip: IpAddr) -> Self {
        match ip.to_canonical() {
            IpAddr::V4(ip) => Self::V4(ip.to_bits()),
            // The upper 64 of 128 bits.
            IpAddr::V6(ip) => Self::V6((ip.to_bits() >> 64) as u64),
        }
    }
}

type Limiter<K> = RateLimiter<K, DashMapStateStore<K>, LimitClock, NoOpMiddleware<Nanos>>;

/// Limiters of this process. A check costs one lookup in a sharded map, and allocates only for a new key.
pub struct Limits {
    clock: LimitClock,
    /// Limiters by user, indexed by class.
    users: Vec<Limiter<UserId>>,
    auth: Limiter<Network>,
    sessions: Limiter<Network>,
    unauthenticated: Limiter<Network>,
}

impl Limits {
    /// Creates limiters on the system's clock.
    ///
    /// Fails for a rate that is not a finite number above 0, for a burst of 0, and for a bucket that needs
    /// more than a century to fill.
    pub fn new(rates: &Rates) -> Result<Self, RatesError> {
        Self::with_clock(rates, LimitClock::system())
    }

    /// Creates limiters on a given clock. Fails like [`Limits::new`].
    pub fn with_clock(rates: &Rates, clock: LimitClock) -> Result<Self, RatesError> {
        let per_user = |class| limiter(rates, class, &clock);
        let users = Class::VARIANTS.iter().copied().map(per_user).collect::<Result<_, _>>()?;
        let auth = limiter(rates, Class::Auth, &clock)?;
        let sessions = limiter(rates, Class::Session, &clock)?;
        let unauthenticated = limiter(rates, Class::Other, &clock)?;
        Ok(Self { users, auth, sessions, unauthenticated, clock })
    }

    /// Charges a command to a user. [`Class::Auth`] counts per user here; [`Limits::check_address`] counts
    /// attempts of an address.
    pub fn check(&self, class: Class, user: &UserId) -> Result<Admitted, Limited> {
        self.charge(&self.users[class.index()], user)
    }

    /// Charges a sign-in to an address ([`Class::Auth`]).
    pub fn check_address(&self, ip: IpAddr) -> Result<Admitted, Limited> {
        self.charge(&self.auth, &ip.into())
    }

    /// Charges a new visitor session to an address ([`Class::Session`]).
    pub fn check_session(&self, ip: IpAddr) -> Result<Admitted, Limited> {
        self.charge(&self.sessions, &ip.into())
    }

    /// Charges any other command before sign-in to an address ([`Class::Other`]).
    pub fn check_other_address(&self, ip: IpAddr) -> Result<Admitted, Limited> {
        self.charge(&self.unauthenticated, &ip.into())
    }

    /// Removes keys with a full bucket and frees their memory. Must run on a timer, because governor keeps
    /// keys for ever.
    pub fn forget_idle(&self) {
        for limiter in &self.users {
            limiter.retain_recent();
            limiter.shrink_to_fit();
        }
        for limiter in [&self.auth, &self.sessions, &self.unauthenticated] {
            limiter.retain_recent();
            limiter.shrink_to_fit();
        }
    }

    /// Number of keys in all limiters.
    pub fn remembered(&self) -> usize {
        let by_address = [&self.auth, &self.sessions, &self.unauthenticated].map(Limiter::len);
        self.users.iter().map(Limiter::len).chain(by_address).sum()
    }

    fn charge<K>(&self, limiter: &Limiter<K>, key: &K) -> Result<Admitted, Limited>
    where
        K: std::hash::Hash + Eq + Clone,
    {
        match limiter.check_key(key) {
            Ok(()) => Ok(Admitted(())),
            Err(not_until) => {
                let wait = not_until.wait_time_from(self.clock.now());
                Err(Limited { retry_after: wait.max(Duration::from_nanos(1)) })
            }
        }
    }
}

fn limiter<K>(rates: &Rates, class: Class, clock: &LimitClock) -> Result<Limiter<K>, RatesError>
where
    K: std::hash::Hash + Eq + Clone,
{
    let quota = quota(rates.of(class)).map_err(|problem| RatesError { class, problem })?;
    Ok(RateLimiter::new(quota, DashMapStateStore::default(), clock.clone()))
}

fn quota(rate: Rate) -> Result<Quota, &'static str> {
    // governor counts nanoseconds in 64 bits, and would panic or wrap beyond 584 years.
    const CENTURY: Duration = Duration::from_secs(100 * 365 * 24 * 3600);
    const TOO_SLOW: &str = "is too slow: its bucket takes more than a century to fill";

    if !rate.per_second.is_finite() || rate.per_second <= 0.0 {
        return Err("needs a `per_second` above 0");
    }
    let burst = NonZeroU32::new(rate.burst).ok_or("needs a `burst` of at least 1")?;
    let period = Duration::try_from_secs_f64(rate.per_second.recip()).map_err(|_| TOO_SLOW)?;
    if period.checked_mul(rate.burst).is_none_or(|fill| fill > CENTURY) {
        return Err(TOO_SLOW);
    }
    let quota = Quota::with_period(period).ok_or("is faster than one a nanosecond")?;
    Ok(quota.allow_burst(burst))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn limits(per_second: f64, burst: u32) -> (Limits, LimitClock) {
        let rate = Rate { per_second, burst };
        let rates = Rates { message: rate, auth: rate, other: rate, ..Rates::default() };
        let clock = LimitClock::manual();
        (Limits::with_clock(&rates, clock.clone()).unwrap(), clock)
    }

    fn user(id: &str) -> UserId {
        UserId::new(id).unwrap()
    }

    #[test]
    fn a_burst_passes_and_the_next_is_told_when_to_come_back() {
        let (limits, clock) = limits(0.5, 3);
        for _ in 0..3 {
            assert!(limits.check(Class::Message, &user("a")).is_ok());
        }
        let refused = limits.check(Class::Message, &user("a")).unwrap_err();
        assert_eq!(refused.retry_after, Duration::from_secs(2));
        assert_eq!(refused.retry_after_ms(), 2_000);
        clock.advance(Duration::from_millis(1_999));
        assert_eq!(limits.check(Class::Message, &user("a")).unwrap_err().retry_after_ms(), 1);
        clock.advance(Duration::from_millis(1));
        assert!(limits.check(Class::Message, &user("a")).is_ok());
        assert!(limits.check(Class::Message, &user("a")).is_err());
    }

    #[test]
    fn users_and_classes_do_not_share_a_bucket() {
        let (limits, _) = limits(1.0, 1);
        assert!(limits.check(Class::Message, &user("a")).is_ok());
        assert!(limits.check(Class::Message, &user("a")).is_err());
        assert!(limits.check(Class::Message, &user("b")).is_ok());
        assert!(limits.check(Class::Other, &user("a")).is_ok());
    }

    #[test]
    fn every_class_is_charged_to_its_own_rate() {
        let rate = |burst| serde_json::json!({ "per_second": 1.0, "burst": burst });
        let rates: serde_json::Map<_, _> = Class::VARIANTS
            .iter()
            .zip(1..)
            .map(|(class, burst)| (class.as_str().into(), rate(burst)))
            .collect();
        let rates: Rates = serde_json::from_value(rates.into()).unwrap();
        let limits = Limits::with_clock(&rates, LimitClock::manual()).unwrap();
        for &class in Class::VARIANTS {
            let passed = std::iter::from_fn(|| limits.check(class, &user("a")).ok()).count();
            assert_eq!(passed, rates.of(class).burst as usize, "{}", class.as_str());
        }
    }

    #[test]
    fn an_ipv6_neighbour_in_the_same_64_shares_a_bucket() {
        let (limits, _) = limits(1.0, 1);
        assert!(limits.check_address("2001:db8:1:2::1".parse().unwrap()).is_ok());
        assert!(limits.check_address("2001:db8:1:2:ffff::9".parse().unwrap()).is_err());
        assert!(limits.check_address("2001:db8:1:3::1".parse().unwrap()).is_ok());
    }

    #[test]
    fn a_mapped_ipv4_address_is_that_ipv4_address() {
        let (limits, _) = limits(1.0, 1);
        assert!(limits.check_address("203.0.113.7".parse().unwrap()).is_ok());
        assert!(limits.check_address("::ffff:203.0.113.7".parse().unwrap()).is_err());
        assert!(limits.check_address("203.0.113.8".parse().unwrap()).is_ok());
    }

    #[test]
    fn a_strangers_frames_and_tokens_are_counted_apart() {
        let (limits, _) = limits(1.0, 1);
        let ip = "203.0.113.7".parse().unwrap();
        assert!(limits.check_address(ip).is_ok());
        assert!(limits.check_other_address(ip).is_ok());
        assert!(limits.check_other_address(ip).is_err());
    }

    #[test]
    fn who_has_a_full_bucket_is_forgotten() {
        let (limits, clock) = limits(1.0, 5);
        let _ = limits.check(Class::Message, &user("a"));
        let _ = limits.check_address("203.0.113.7".parse().unwrap());
        clock.advance(Duration::from_secs(1));
        let _ = limits.check(Class::Message, &user("b"));
        assert_eq!(limits.remembered(), 3);
        clock.advance(Duration::from_secs(2));
        let _ = limits.check(Class::Message, &user("c"));
        limits.forget_idle();
        assert_eq!(limits.remembered(), 1, "only the one that is still filling");
    }

    #[test]
    fn a_rate_that_cannot_be_kept_is_named() {
        for (per_second, burst) in [
            (0.0, 1),
            (-1.0, 1),
            (f64::NAN, 1),
            (f64::INFINITY, 1),
            (1.0, 0),
            (1e-300, 1),
            (1e12, 1),
            (1e-6, u32::MAX),
        ] {
            let rates = Rates { ticket: Rate { per_second, burst }, ..Rates::default() };
            let error = Limits::new(&rates).err().unwrap();
            assert_eq!(error.class, Class::Ticket);
            assert!(error.to_string().starts_with("the rate of `ticket` "), "{error}");
        }
        assert!(Limits::new(&Rates::default()).is_ok());
    }

    #[test]
    fn the_system_clock_limits_too() {
        let rates = Rates { message: Rate { per_second: 0.01, burst: 2 }, ..Rates::default() };
        let limits = Limits::new(&rates).unwrap();
        assert!(limits.check(Class::Message, &user("a")).is_ok());
        assert!(limits.check(Class::Message, &user("a")).is_ok());
        let wait = limits.check(Class::Message, &user("a")).unwrap_err().retry_after;
        assert!(wait > Duration::from_secs(90) && wait <= Duration::from_secs(100), "{wait:?}");
    }
}
