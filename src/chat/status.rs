//! `get_user_status`, `get_users_status` and `set_status`.

use std::sync::Arc;

use super::{Chat, Started, answers, seat::Caller};
use crate::{
    guard::limits::Admitted,
    protocol::{WireError, command},
};

/// To come.
pub(super) async fn of_user(
    _: &Arc<Chat>,
    _: &Caller,
    _: Admitted,
    _: command::UserRef,
) -> Result<Started, WireError> {
    Err(answers::internal(&"not built yet"))
}

/// To come.
pub(super) async fn of_users(
    _: &Arc<Chat>,
    _: &Caller,
    _: Admitted,
    _: command::UserRefs,
) -> Result<Started, WireError> {
    Err(answers::internal(&"not built yet"))
}

/// To come.
pub(super) async fn set(
    _: &Arc<Chat>,
    _: &Caller,
    _: Admitted,
    _: command::SetStatus,
) -> Result<Started, WireError> {
    Err(answers::internal(&"not built yet"))
}
