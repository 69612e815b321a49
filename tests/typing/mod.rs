//! Typing: how others see it, and how it ends.

mod ending;
mod showing;
