//! Peers: the address of a client, its bearer token, and URLs that the server may request.
//!
//! Owns the modules of this folder. Does not open a connection.

pub mod bearer;
pub mod client_address;
pub mod outbound_url;
