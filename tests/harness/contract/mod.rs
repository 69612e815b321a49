//! The documents of the protocol, held against everything that tests exchange with a server.
//!
//! Takes them from the code that serves them. What is served is open, since clients ignore fields that
//! they do not know; here it is closed, so that a field which is not described is found.

pub mod http;
pub mod schemas;
pub mod socket;

pub use self::{
    http::{Exchange, check_http},
    socket::{Sent, check_frame},
};
