//! The stages that every command passes: limit, access, then (in `compose`) validate, sanitise and
//! attach, and at last commit.
//!
//! Each stage takes what only the one before it can make, so that none can be skipped: [`Admitted`]
//! is made by the rate limiter alone, [`Allowed`] here out of it, content out of that.

use std::{future::Future, pin::Pin, sync::Arc};

use crate::{
    chat::{Answer, Chat, Started, connections::connection::Caller, errors, publishing::publisher::Encoded},
    domain::{Action, AttachmentId, Class, MessageId, Rule, TicketId, User, UserId, Viewer},
    guard::limits::Admitted,
    protocol::{EncodedReply, ErrorCode, WireError},
    store::{Busy, Change, Committed, Pending, WriteError},
};

/// First stage: is the caller within its rate?
pub(in crate::chat) fn charge(chat: &Chat, user: &UserId, class: Class) -> Result<Admitted, WireError> {
    chat.limits.check(class, user).map_err(|limited| WireError::rate_limited(limited.retry_after))
}

/// The caller may see the ticket, or opens one of its own.
pub(in crate::chat) struct Allowed {
    /// Who.
    pub viewer: Viewer,
    _admitted: Admitted,
}

/// Second stage: may the caller see the ticket? A joined room proves it, for whoever loses access is
/// taken out; else the store is asked. The commit asks again.
pub(in crate::chat) async fn access(
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
pub(in crate::chat) async fn access_to_ticket(
    chat: &Chat,
    viewer: Viewer,
    admitted: Admitted,
    ticket_id: TicketId,
) -> Result<Allowed, WireError> {
    let position = chat.store.position(&viewer, ticket_id).await.map_err(|e| errors::unread(&e))?;
    position.ok_or_else(WireError::ticket_not_found)?;
    Ok(Allowed { viewer, _admitted: admitted })
}

/// Second stage: may the caller see the message?
pub(in crate::chat) async fn access_to_message(
    chat: &Chat,
    caller: &Caller,
    admitted: Admitted,
    message_id: MessageId,
) -> Result<Allowed, WireError> {
    let viewer = caller.viewer();
    let place = chat.store.locate(&viewer, message_id).await.map_err(|error| errors::unread(&error))?;
    place.ok_or_else(WireError::message_not_found)?;
    Ok(Allowed { viewer, _admitted: admitted })
}

/// Second stage for what concerns no ticket: does the caller's role allow it?
pub(in crate::chat) fn access_by_role(
    caller: &Caller,
    admitted: Admitted,
    action: Action,
) -> Result<Allowed, WireError> {
    access_of(caller.viewer(), admitted, action)
}

/// Second stage for what is no command: may a viewer do it, by their role?
pub(in crate::chat) fn access_of(
    viewer: Viewer,
    admitted: Admitted,
    action: Action,
) -> Result<Allowed, WireError> {
    match viewer.may(action) {
        Rule::Allowed => Ok(Allowed { viewer, _admitted: admitted }),
        _ => Err(WireError::new(ErrorCode::Forbidden, "Your role does not allow this.")),
    }
}

/// Second stage for a ticket that does not exist yet: any authenticated caller may open one.
pub(in crate::chat) fn access_to_open(caller: &Caller, admitted: Admitted) -> Allowed {
    Allowed { viewer: caller.viewer(), _admitted: admitted }
}

/// Last stage: hands a write to the writer, in its place among the connection's writes. `files` were stored
/// for it, which a refusal must not leave behind, nor a write that `is_duplicate` of an earlier one.
pub(in crate::chat) async fn commit<D: 'static>(
    chat: &Arc<Chat>,
    allowed: Allowed,
    submission: impl Future<Output = Result<Pending<D, Encoded>, Busy>>,
    files: Vec<AttachmentId>,
    is_duplicate: fn(&D) -> bool,
    reply: impl FnOnce(Committed<D, Encoded>) -> Answer + 'static,
) -> Started {
    let Ok(pending) = submission.await else {
        discard(chat, files).await;
        return Started::Done(Err(WireError::overloaded()));
    };
    let chat = Arc::clone(chat);
    let answer: Pin<Box<dyn Future<Output = Answer>>> = Box::pin(async move {
        match pending.await {
            Ok(committed) => {
                if is_duplicate(&committed.done) {
                    // The first attempt's files are the ones that rows name.
                    discard(&chat, files).await;
                }
                reply(committed)
            }
            Err(error) => {
                // What is unavailable may have been committed all the same, its answer lost: a file that
                // a row may name is the sweep's to judge.
                if !matches!(error, WriteError::Unavailable) {
                    discard(&chat, files).await;
                }
                Err(errors::unwritten(&error, allowed.viewer.visible()))
            }
        }
    });
    Started::Committing(answer)
}

/// Last stage of a change that a ticket's log may tell of. `reply` makes the answer of what was done, and
/// names the ticket in whose room an event of the same name tells the caller of it.
pub(in crate::chat) async fn change<C: Change>(
    chat: &Arc<Chat>,
    caller: &Caller,
    allowed: Allowed,
    change: C,
    reply: impl FnOnce(C::Done) -> (Answer, Option<TicketId>) + 'static,
) -> Started {
    let seat = Arc::clone(&caller.seat);
    let submission = chat.writer.submit(Some(User::clone(&caller.user)), change);
    let answer = move |Committed { done, published }: Committed<C::Done, Encoded>| {
        let (answer, room) = reply(done);
        let is_echoed = published.is_logged && room.is_some_and(|ticket_id| seat.has_joined(ticket_id));
        if is_echoed { answer.map(EncodedReply::echoed) } else { answer }
    };
    commit(chat, allowed, submission, Vec::new(), |_| false, answer).await
}

/// Last stage of a change that is in no log, so that no event is the reply.
pub(in crate::chat) async fn change_apart<C: Change>(
    chat: &Arc<Chat>,
    caller: &Caller,
    allowed: Allowed,
    change: C,
    reply: impl FnOnce(C::Done) -> Answer + 'static,
) -> Started {
    let submission = chat.writer.submit(Some(User::clone(&caller.user)), change);
    let answer = move |it: Committed<C::Done, Encoded>| reply(it.done);
    commit(chat, allowed, submission, Vec::new(), |_| false, answer).await
}

/// Last stage of a change that is no command; waits for its commit.
pub(in crate::chat) async fn settle<C: Change>(
    chat: &Chat,
    allowed: &Allowed,
    actor: &User,
    change: C,
) -> Result<C::Done, WireError> {
    let done = chat.writer.write(Some(actor.clone()), change).await;
    done.map_err(|error| errors::unwritten(&error, allowed.viewer.visible()))
}

/// Removes files that no row will name.
pub(in crate::chat) async fn discard(chat: &Chat, files: Vec<AttachmentId>) {
    for id in files {
        if let Err(error) = chat.blobs.delete(&id).await {
            tracing::warn!(%id, %error, "a file of a refused message stays until the next sweep");
        }
    }
}
