//! `subscribe_queue` and `unsubscribe_queue`.

use std::sync::Arc;

use super::pipeline;
use crate::{
    chat::{Chat, Started, connections::connection::Caller, errors},
    domain::Action,
    guard::limits::Admitted,
    protocol::{
        WireError,
        queue::{QueueSubscribed, QueueUnsubscribed, SubscribeQueue},
    },
    store::QueueFilter,
};

/// Watches the queue from now on.
pub(in crate::chat) async fn subscribe(
    chat: &Arc<Chat>,
    caller: &Caller,
    admitted: Admitted,
    request: SubscribeQueue,
) -> Result<Started, WireError> {
    pipeline::access_by_role(caller, admitted, Action::WatchQueue)?;
    let filter = QueueFilter { status: request.status, assignee: request.assignee_id };
    let before = chat.queue.subscribe(&caller.seat, filter.clone());
    // Counted after: what happens in between is told, and may be told before the answer.
    let tickets = chat.store.queue_length(filter).await.map_err(|error| {
        chat.queue.restore(&caller.seat, before);
        errors::unread(&error)
    })?;
    Started::reply(&QueueSubscribed { tickets })
}

/// Watches it no more.
pub(in crate::chat) async fn unsubscribe(
    chat: &Arc<Chat>,
    caller: &Caller,
    admitted: Admitted,
) -> Result<Started, WireError> {
    pipeline::access_by_role(caller, admitted, Action::WatchQueue)?;
    chat.queue.unsubscribe(caller.seat.id);
    Started::reply(&QueueUnsubscribed {})
}
