//! `mark_delivered` and `mark_read`.

use std::sync::Arc;

use super::{Chat, Started, answers, seat::Caller};
use crate::{
    guard::limits::Admitted,
    protocol::{WireError, command},
};

/// To come.
pub(super) async fn delivered(
    _: &Arc<Chat>,
    _: &Caller,
    _: Admitted,
    _: command::Mark,
) -> Result<Started, WireError> {
    Err(answers::internal(&"not built yet"))
}

/// To come.
pub(super) async fn read(
    _: &Arc<Chat>,
    _: &Caller,
    _: Admitted,
    _: command::Mark,
) -> Result<Started, WireError> {
    Err(answers::internal(&"not built yet"))
}
