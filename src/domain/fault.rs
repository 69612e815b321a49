//! The number under which the cause of an internal error stands in the log.
//!
//! A caller is told the number and nothing of the cause. Does not log by itself.

use std::fmt;

/// Sixteen hexadecimal digits, drawn at random.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct FaultId(pub u64);

impl fmt::Display for FaultId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:016x}", self.0)
    }
}
