//! `update_ticket` and `rate_ticket`.

use std::sync::Arc;

use super::{Chat, Started, answers, seat::Caller};
use crate::{
    guard::limits::Admitted,
    protocol::{WireError, command},
};

/// To come.
pub(super) async fn update(
    _: &Arc<Chat>,
    _: &Caller,
    _: Admitted,
    _: command::UpdateTicket,
) -> Result<Started, WireError> {
    Err(answers::internal(&"not built yet"))
}

/// To come.
pub(super) async fn rate(
    _: &Arc<Chat>,
    _: &Caller,
    _: Admitted,
    _: command::RateTicket,
) -> Result<Started, WireError> {
    Err(answers::internal(&"not built yet"))
}
