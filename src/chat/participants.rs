//! `add_participant` and `remove_participant`.

use std::sync::Arc;

use super::{Chat, Started, answers, seat::Caller};
use crate::{
    guard::limits::Admitted,
    protocol::{WireError, command},
};

/// To come.
pub(super) async fn add(
    _: &Arc<Chat>,
    _: &Caller,
    _: Admitted,
    _: command::Participant,
) -> Result<Started, WireError> {
    Err(answers::internal(&"not built yet"))
}

/// To come.
pub(super) async fn remove(
    _: &Arc<Chat>,
    _: &Caller,
    _: Admitted,
    _: command::Participant,
) -> Result<Started, WireError> {
    Err(answers::internal(&"not built yet"))
}
