//! `list_canned_responses`, `save_canned_response` and `delete_canned_response`.

use std::sync::Arc;

use super::{Chat, Started, answers, seat::Caller};
use crate::{
    guard::limits::Admitted,
    protocol::{WireError, command},
};

/// To come.
pub(super) async fn list(_: &Arc<Chat>, _: &Caller, _: Admitted) -> Result<Started, WireError> {
    Err(answers::internal(&"not built yet"))
}

/// To come.
pub(super) async fn save(
    _: &Arc<Chat>,
    _: &Caller,
    _: Admitted,
    _: command::SaveCannedResponse,
) -> Result<Started, WireError> {
    Err(answers::internal(&"not built yet"))
}

/// To come.
pub(super) async fn delete(
    _: &Arc<Chat>,
    _: &Caller,
    _: Admitted,
    _: command::CannedResponseRef,
) -> Result<Started, WireError> {
    Err(answers::internal(&"not built yet"))
}
