//! `subscribe_queue` and `unsubscribe_queue`.

use std::sync::Arc;

use super::{Chat, Started, answers, seat::Caller};
use crate::{
    guard::limits::Admitted,
    protocol::{WireError, command},
};

/// To come.
pub(super) async fn subscribe(
    _: &Arc<Chat>,
    _: &Caller,
    _: Admitted,
    _: command::SubscribeQueue,
) -> Result<Started, WireError> {
    Err(answers::internal(&"not built yet"))
}

/// To come.
pub(super) async fn unsubscribe(_: &Arc<Chat>, _: &Caller, _: Admitted) -> Result<Started, WireError> {
    Err(answers::internal(&"not built yet"))
}
