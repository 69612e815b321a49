//! `authenticate` and `ping`.

use super::{Execute, pipeline::Call};
use crate::{
    chat::Started,
    protocol::{
        ErrorCode, WireError,
        connection::{Ping, Pong},
        objects::Rfc3339,
        sign_in::Authenticate,
    },
};

/// The transport authenticates, for it is its connection that changes.
impl Execute for Authenticate {
    async fn execute(self, _call: Call<'_>) -> Result<Started, WireError> {
        Err(WireError::new(ErrorCode::InvalidPayload, "This connection cannot authenticate."))
    }
}

impl Execute for Ping {
    async fn execute(self, call: Call<'_>) -> Result<Started, WireError> {
        Started::reply(&Pong { at: Rfc3339(call.chat.clock.now()) })
    }
}
