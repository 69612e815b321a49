//! Commands in general: their order, their answers, and what hostile ones meet.

mod answers;
mod hostile;
mod payloads;
mod pipelining;
mod storm;
