//! Deskwire: ticket-support chat over raw WebSockets.
//!
//! The floors; each imports only floors below it, and siblings do not import each other
//! (`tests/architecture` holds this):
//!
//! | floor | modules |
//! |---|---|
//! | 8 | [`cli`] |
//! | 7 | [`app`] |
//! | 6 | [`ws`], [`http`] |
//! | 5 | [`transport`] |
//! | 4 | [`chat`] |
//! | 3 | [`store`] |
//! | 2 | [`blobs`], [`auth`], [`bus`], [`telemetry`] |
//! | 1 | [`guard`], [`protocol`], [`config`] |
//! | 0 | [`domain`] |

pub mod app;
pub mod auth;
pub mod blobs;
pub mod bus;
pub mod chat;
pub mod cli;
pub mod config;
pub mod domain;
pub mod guard;
pub mod http;
pub mod protocol;
pub mod store;
pub mod telemetry;
pub mod transport;
pub mod ws;
