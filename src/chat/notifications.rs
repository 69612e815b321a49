//! `get_notifications` and marking them read.

use std::sync::Arc;

use super::{Chat, Started, answers, seat::Caller};
use crate::{
    guard::limits::Admitted,
    protocol::{WireError, command},
};

/// To come.
pub(super) async fn list(
    _: &Arc<Chat>,
    _: &Caller,
    _: Admitted,
    _: command::GetNotifications,
) -> Result<Started, WireError> {
    Err(answers::internal(&"not built yet"))
}

/// To come.
pub(super) async fn mark_read(
    _: &Arc<Chat>,
    _: &Caller,
    _: Admitted,
    _: command::NotificationRef,
) -> Result<Started, WireError> {
    Err(answers::internal(&"not built yet"))
}

/// To come.
pub(super) async fn mark_all_read(_: &Arc<Chat>, _: &Caller, _: Admitted) -> Result<Started, WireError> {
    Err(answers::internal(&"not built yet"))
}
