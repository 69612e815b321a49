//! The program as a process: how it starts, what it refuses, and how it ends.

mod first_start;
mod killed;
mod listeners;
mod refusals;
mod secrets;
mod stopping;
mod tokens;
