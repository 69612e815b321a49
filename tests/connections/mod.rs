//! Connecting, what may be sent, and what becomes of those who send something else.

mod authenticating;
mod bad_frames;
mod expiry;
mod framing;
mod greeting;
mod heartbeat;
mod hostile;
mod limits;
mod payloads;
mod sizes;
mod standing;
