//! `subscribe_queue` and `unsubscribe_queue`.

use super::{Execute, pipeline::Call};
use crate::{
    chat::Started,
    domain::Action,
    protocol::{
        WireError,
        queue::{QueueSubscribed, QueueUnsubscribed, SubscribeQueue, UnsubscribeQueue},
    },
    store::QueueFilter,
};

impl Execute for SubscribeQueue {
    async fn execute(self, call: Call<'_>) -> Result<Started, WireError> {
        let allowed = call.by_role(Action::WatchQueue)?;
        let (chat, seat) = (allowed.chat, &allowed.caller.seat);
        let filter = QueueFilter { status: self.status, assignee: self.assignee_id };
        let before = chat.queue.subscribe(seat, filter.clone());
        // Counted after: what happens in between is told, and may be told before the answer.
        let tickets = chat.store.queue_length(filter).await;
        let tickets = tickets.inspect_err(|_| chat.queue.restore(seat, before))?;
        Started::reply(&QueueSubscribed { tickets })
    }
}

impl Execute for UnsubscribeQueue {
    async fn execute(self, call: Call<'_>) -> Result<Started, WireError> {
        let allowed = call.by_role(Action::WatchQueue)?;
        allowed.chat.queue.unsubscribe(allowed.caller.seat.id);
        Started::reply(&QueueUnsubscribed {})
    }
}
