//! Plain HTTP: health, metrics, the page, and who may connect from where.

mod health;
mod metrics;
mod origins;
mod pages;
