//! Plain HTTP: requests, health, metrics, pages, and who may connect from where.

mod deprecated_paths;
mod health;
mod metrics;
mod origins;
mod pages;
mod requests;
mod script;
