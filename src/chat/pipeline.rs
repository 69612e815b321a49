//! The stages that every command passes: limit, access, then (in `compose`) validate, sanitise and
//! attach, and at last commit.
//!
//! Each stage takes what only the one before it can make, so that none can be skipped: [`Admitted`]
//! is made by the rate limiter alone, [`Allowed`] here out of it, content out of that.

use std::{future::Future, pin::Pin, sync::Arc};

use tokio::sync::oneshot;

use super::{Answer, Chat, Started, answers, publish::Published, seat::Caller};
use crate::{
    domain::{Action, AttachmentId, Class, MessageId, Rule, TicketId, User, UserId, Viewer},
    guard::limits::Admitted,
    protocol::{EncodedReply, ErrorCode, WireError, encode::Created, messages::MessageSent},
    store::{Change, Outcome, What, Write, WriteError},
};

/// First stage: is the caller within its rate?
pub(super) fn charge(chat: &Chat, user: &UserId, class: Class) -> Result<Admitted, WireError> {
    chat.limits.check(class, user).map_err(|limited| WireError::rate_limited(limited.retry_after))
}

/// The caller may see the ticket, or opens one of its own.
pub(super) struct Allowed {
    /// Who.
    pub viewer: Viewer,
    _admitted: Admitted,
}

/// Second stage: may the caller see the ticket? A joined room proves it, for whoever loses access is
/// taken out; else the store is asked. The commit asks again.
pub(super) async fn access(
    chat: &Chat,
    caller: &Caller,
    admitted: Admitted,
    ticket_id: TicketId,
) -> Result<Allowed, WireError> {
    let viewer = caller.viewer();
    if caller.seat.has_joined(ticket_id) {
        return Ok(Allowed { viewer, _admitted: admitted });
    }
    access_to_ticket(chat, viewer, admitted, ticket_id).await
}

/// Second stage for who has no seat: may they see the ticket?
pub(super) async fn access_to_ticket(
    chat: &Chat,
    viewer: Viewer,
    admitted: Admitted,
    ticket_id: TicketId,
) -> Result<Allowed, WireError> {
    let position = chat.store.position(&viewer, ticket_id).await?;
    position.ok_or_else(WireError::ticket_not_found)?;
    Ok(Allowed { viewer, _admitted: admitted })
}

/// Second stage: may the caller see the message?
pub(super) async fn access_to_message(
    chat: &Chat,
    caller: &Caller,
    admitted: Admitted,
    message_id: MessageId,
) -> Result<Allowed, WireError> {
    let viewer = caller.viewer();
    let place = chat.store.locate(&viewer, message_id).await?;
    place.ok_or_else(WireError::message_not_found)?;
    Ok(Allowed { viewer, _admitted: admitted })
}

/// Second stage for what concerns no ticket: does the caller's role allow it?
pub(super) fn access_by_role(
    caller: &Caller,
    admitted: Admitted,
    action: Action,
) -> Result<Allowed, WireError> {
    access_of(caller.viewer(), admitted, action)
}

/// Second stage for what is no command: may a viewer do it, by their role?
pub(super) fn access_of(viewer: Viewer, admitted: Admitted, action: Action) -> Result<Allowed, WireError> {
    match viewer.may(action) {
        Rule::Allowed => Ok(Allowed { viewer, _admitted: admitted }),
        _ => Err(WireError::new(ErrorCode::Forbidden, "Your role does not allow this.")),
    }
}

/// Second stage for a ticket that does not exist yet: any authenticated caller may open one.
pub(super) fn access_to_open(caller: &Caller, admitted: Admitted) -> Allowed {
    Allowed { viewer: caller.viewer(), _admitted: admitted }
}

/// What a commit needs to answer and to clean up.
pub(super) struct Commit {
    /// What to write.
    pub write: Write,
    /// The field that carries the caller's own id.
    pub key: &'static str,
    /// Files stored for it, which a refusal must not leave behind.
    pub files: Vec<AttachmentId>,
}

/// Last stage: hands the write to the writer, in its place among the connection's writes.
pub(super) async fn commit(
    chat: &Arc<Chat>,
    allowed: Allowed,
    commit: Commit,
    reply: impl FnOnce(Published) -> Answer + 'static,
) -> Started {
    let Commit { write, key, files } = commit;
    let (tag, done) = oneshot::channel();
    if chat.writer.submit(write, tag).await.is_err() {
        discard(chat, files).await;
        return Started::Done(Err(WireError::overloaded()));
    }
    let chat = Arc::clone(chat);
    let answer: Pin<Box<dyn Future<Output = Answer>>> = Box::pin(async move {
        match done.await {
            Ok(Ok(published)) => {
                if published.is_duplicate() {
                    // The first attempt's files are the ones that rows name.
                    discard(&chat, files).await;
                }
                reply(published)
            }
            Ok(Err(error)) => {
                // What is unavailable may have been committed all the same, its answer lost: a file that
                // a row may name is the sweep's to judge.
                if !matches!(error, WriteError::Unavailable) {
                    discard(&chat, files).await;
                }
                Err(answers::unwritten(&error, key, allowed.viewer.visible()))
            }
            // The writer is gone and its last commit's outcome unknown: what no row names is swept.
            Err(_) => Err(WireError::overloaded()),
        }
    });
    Started::Committing(answer)
}

/// Last stage of a change that a ticket's log may tell of. `reply` makes the answer of its outcome, and
/// names the ticket in whose room an event of the same name tells the caller of it.
pub(super) async fn change(
    chat: &Arc<Chat>,
    caller: &Caller,
    allowed: Allowed,
    what: What,
    key: &'static str,
    reply: impl FnOnce(Outcome) -> Option<(Answer, Option<TicketId>)> + 'static,
) -> Started {
    let seat = Arc::clone(&caller.seat);
    let reply = move |outcome, logged| {
        let (answer, room) = reply(outcome)?;
        let is_echoed = logged && room.is_some_and(|ticket_id| seat.has_joined(ticket_id));
        Some(if is_echoed { answer.map(EncodedReply::echoed) } else { answer })
    };
    commit_change(chat, caller, allowed, what, key, reply).await
}

/// Last stage of a change that is in no log, so that no event is the reply.
pub(super) async fn change_apart(
    chat: &Arc<Chat>,
    caller: &Caller,
    allowed: Allowed,
    what: What,
    key: &'static str,
    reply: impl FnOnce(Outcome) -> Option<Answer> + 'static,
) -> Started {
    commit_change(chat, caller, allowed, what, key, |outcome, _| reply(outcome)).await
}

/// `reply` is told whether the change was logged.
async fn commit_change(
    chat: &Arc<Chat>,
    caller: &Caller,
    allowed: Allowed,
    what: What,
    key: &'static str,
    reply: impl FnOnce(Outcome, bool) -> Option<Answer> + 'static,
) -> Started {
    let write = Write::Change(Change { actor: Some(User::clone(&caller.user)), what });
    let answer = |published| match published {
        Published::Done { outcome, logged } => reply(outcome, logged).unwrap_or_else(|| Err(mismatch())),
        _ => Err(mismatch()),
    };
    commit(chat, allowed, Commit { write, key, files: Vec::new() }, answer).await
}

/// Last stage of what is no command; waits for its commit. `key` is the field that carries the caller's own
/// id, or the user.
pub(super) async fn settle(
    chat: &Chat,
    allowed: &Allowed,
    write: Write,
    key: &'static str,
) -> Result<Outcome, WireError> {
    carry_out(chat, write).await.map_err(|error| answers::unwritten(&error, key, allowed.viewer.visible()))
}

/// A change that the server makes by itself; waits for its commit.
pub(super) async fn change_by_server(chat: &Chat, what: What) -> Result<Outcome, WriteError> {
    carry_out(chat, Write::Change(Change { actor: None, what })).await
}

/// Changes that touch no log, by someone who came without a connection, in their order; all are handed over
/// before the first is waited for.
pub(super) async fn changes_by(
    chat: &Chat,
    _allowed: Allowed,
    actor: &User,
    changes: impl Iterator<Item = What>,
) -> Vec<Result<Outcome, WriteError>> {
    let change = |what| Write::Change(Change { actor: Some(actor.clone()), what });
    let all = changes.map(|what| carry_out(chat, change(what)));
    futures_util::future::join_all(all).await
}

/// Writes something that is neither a message nor a ticket, and waits for its commit.
pub(super) async fn carry_out(chat: &Chat, write: Write) -> Result<Outcome, WriteError> {
    submit(chat, write).await?.outcome().await
}

/// A write on its way, in its place among those that were handed over before.
pub(super) struct Pending(oneshot::Receiver<Result<Published, WriteError>>);

/// Hands a write to the writer, without waiting for its commit.
pub(super) async fn submit(chat: &Chat, write: Write) -> Result<Pending, WriteError> {
    let (tag, done) = oneshot::channel();
    chat.writer.submit(write, tag).await.map_err(|_| WriteError::Unavailable)?;
    Ok(Pending(done))
}

impl Pending {
    /// What it came to, where it is neither a message nor a ticket.
    pub(super) async fn outcome(self) -> Result<Outcome, WriteError> {
        match self.0.await {
            Ok(Ok(Published::Done { outcome, .. })) => Ok(outcome),
            Ok(Ok(_)) => Err(WriteError::Internal(answers::log_fault(&MISMATCH))),
            Ok(Err(error)) => Err(error),
            Err(_) => Err(WriteError::Unavailable),
        }
    }
}

/// Removes files that no row will name.
pub(super) async fn discard(chat: &Chat, files: Vec<AttachmentId>) {
    for id in files {
        if let Err(error) = chat.blobs.delete(&id).await {
            tracing::warn!(%id, %error, "a file of a refused message stays until the next sweep");
        }
    }
}

const MISMATCH: &str = "the writer answered with another kind of outcome";

/// A published outcome of another kind than the write asked for cannot come back.
pub(super) fn mismatch() -> WireError {
    answers::internal(&MISMATCH)
}

/// The reply to a message that was sent.
pub(super) fn message_sent(published: Published) -> Answer {
    match published {
        Published::Message { json, duplicate } => {
            let reply = answers::reply(&MessageSent { message: &json?, duplicate })?;
            Ok(reply.created(Created { ticket_id: None, is_duplicate: duplicate }))
        }
        _ => Err(mismatch()),
    }
}
