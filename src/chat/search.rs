//! `search_messages`.

use std::sync::Arc;

use super::{Chat, Started, answers, seat::Caller};
use crate::{
    guard::limits::Admitted,
    protocol::{WireError, command},
};

/// To come.
pub(super) async fn messages(
    _: &Arc<Chat>,
    _: &Caller,
    _: Admitted,
    _: command::SearchMessages,
) -> Result<Started, WireError> {
    Err(answers::internal(&"not built yet"))
}
