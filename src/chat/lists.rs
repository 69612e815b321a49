//! `list_tickets` and `get_ticket`.

use std::sync::Arc;

use super::{Chat, Started, answers, seat::Caller};
use crate::{
    guard::limits::Admitted,
    protocol::{WireError, command},
};

/// To come.
pub(super) async fn tickets(
    _: &Arc<Chat>,
    _: &Caller,
    _: Admitted,
    _: command::ListTickets,
) -> Result<Started, WireError> {
    Err(answers::internal(&"not built yet"))
}

/// To come.
pub(super) async fn ticket(
    _: &Arc<Chat>,
    _: &Caller,
    _: Admitted,
    _: command::TicketRef,
) -> Result<Started, WireError> {
    Err(answers::internal(&"not built yet"))
}
