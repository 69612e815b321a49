//! The stages that every command passes: limit, access, then (in `compose`) validate, sanitise and
//! attach, and at last commit.
//!
//! Each stage takes what only the one before it can make, so that none can be skipped: [`Admitted`]
//! is made by the rate limiter alone, [`Access`] here out of it, content out of that.

use std::{future::Future, pin::Pin, sync::Arc};

use crate::{
    chat::{
        Answer, Chat, Started,
        connections::connection::{Caller, Seat},
        errors,
        publishing::publisher::Encoded,
    },
    domain::{Action, AttachmentId, Class, MessageId, Rule, TicketId, User, UserId, Viewer},
    guard::limits::Admitted,
    protocol::{ErrorCode, Reply, WireError},
    store::{Busy, Change, Committed, Pending, WriteError},
};

/// First stage: is the caller within its rate?
pub(in crate::chat) fn charge(chat: &Chat, user: &UserId, class: Class) -> Result<Admitted, WireError> {
    chat.limits.check(class, user).map_err(|limited| WireError::rate_limited(limited.retry_after))
}

/// A command of a caller who is within their rate, and all that it is carried out with.
pub(in crate::chat) struct Call<'a> {
    pub chat: &'a Arc<Chat>,
    pub caller: &'a Caller,
    admitted: Admitted,
}

/// Access that was checked, for whatever is done with it.
pub(in crate::chat) struct Access {
    /// The user, with the role that was looked at.
    pub viewer: Viewer,
    _admitted: Admitted,
}

/// A command whose caller may do what it is about, as far as that is known before the commit.
pub(in crate::chat) struct Allowed<'a> {
    pub chat: &'a Arc<Chat>,
    pub caller: &'a Caller,
    access: Access,
}

impl<'a> Call<'a> {
    /// A command that is charged.
    pub(in crate::chat) fn new(chat: &'a Arc<Chat>, caller: &'a Caller, admitted: Admitted) -> Self {
        Self { chat, caller, admitted }
    }

    /// The caller as access rules see them, for reads whose own look-up is the access check: one snapshot for
    /// both.
    pub(in crate::chat) fn viewer(&self) -> Viewer {
        self.caller.viewer()
    }

    /// Second stage: may the caller see the ticket? A joined room proves it, for whoever loses access is
    /// taken out; else the store is asked. The commit asks again.
    pub(in crate::chat) async fn in_ticket(self, ticket_id: TicketId) -> Result<Allowed<'a>, WireError> {
        if self.caller.seat.has_joined(ticket_id) {
            return Ok(self.allowed());
        }
        let Self { chat, caller, admitted } = self;
        let access = access_to_ticket(chat, caller.viewer(), admitted, ticket_id).await?;
        Ok(Allowed { chat, caller, access })
    }

    /// Second stage: may the caller see the message?
    pub(in crate::chat) async fn at_message(self, message_id: MessageId) -> Result<Allowed<'a>, WireError> {
        let place = self.chat.store.locate(&self.viewer(), message_id).await;
        place?.ok_or_else(WireError::message_not_found)?;
        Ok(self.allowed())
    }

    /// Second stage for what concerns no ticket: does the caller's role allow it?
    pub(in crate::chat) fn by_role(self, action: Action) -> Result<Allowed<'a>, WireError> {
        let Self { chat, caller, admitted } = self;
        Ok(Allowed { chat, caller, access: access_of(caller.viewer(), admitted, action)? })
    }

    /// Second stage for a ticket that does not exist yet: any authenticated caller may open one.
    pub(in crate::chat) fn for_new_ticket(self) -> Allowed<'a> {
        self.allowed()
    }

    fn allowed(self) -> Allowed<'a> {
        let Self { chat, caller, admitted } = self;
        Allowed { chat, caller, access: Access { viewer: caller.viewer(), _admitted: admitted } }
    }
}

/// Second stage for what is no command: may a viewer see the ticket?
pub(in crate::chat) async fn access_to_ticket(
    chat: &Chat,
    viewer: Viewer,
    admitted: Admitted,
    ticket_id: TicketId,
) -> Result<Access, WireError> {
    let position = chat.store.position(&viewer, ticket_id).await?;
    position.ok_or_else(WireError::ticket_not_found)?;
    Ok(Access { viewer, _admitted: admitted })
}

/// Second stage for what is no command: may a viewer do it, by their role?
pub(in crate::chat) fn access_of(
    viewer: Viewer,
    admitted: Admitted,
    action: Action,
) -> Result<Access, WireError> {
    match viewer.may(action) {
        Rule::Allowed => Ok(Access { viewer, _admitted: admitted }),
        _ => Err(WireError::new(ErrorCode::Forbidden, "Your role does not allow this.")),
    }
}

/// Whether an event of a change comes to the caller, too.
pub(in crate::chat) struct Echo {
    seat: Arc<Seat>,
    is_logged: bool,
}

impl Echo {
    /// The reply to a change that the log of this ticket may tell of. Who has the room joined and asked for no
    /// `ack` gets the event of the same name in its place.
    pub(in crate::chat) fn reply_in<T: Reply>(&self, ticket_id: TicketId, fields: &T) -> Answer {
        let reply = errors::reply(fields)?;
        let is_echoed = self.is_logged && self.seat.has_joined(ticket_id);
        Ok(if is_echoed { reply.echoed() } else { reply })
    }
}

impl Allowed<'_> {
    /// The caller as access rules see them.
    pub(in crate::chat) fn viewer(&self) -> &Viewer {
        &self.access.viewer
    }

    /// The proof of it, for the stages between.
    pub(in crate::chat) fn access(&self) -> &Access {
        &self.access
    }

    /// Last stage of a message or a new ticket, with the files that were stored for it: see [`commit`].
    pub(in crate::chat) async fn commit_with_files<D: 'static>(
        self,
        submission: impl Future<Output = Result<Pending<D, Encoded>, Busy>>,
        files: Vec<AttachmentId>,
        is_duplicate: fn(&D) -> bool,
        reply: impl FnOnce(Committed<D, Encoded>) -> Answer + 'static,
    ) -> Started {
        commit(self.chat, self.access, submission, files, is_duplicate, reply).await
    }

    /// Last stage of a change, in its place among the connection's writes. `reply` makes the answer of what was
    /// done.
    pub(in crate::chat) async fn commit<C: Change>(
        self,
        change: C,
        reply: impl FnOnce(C::Done, Echo) -> Answer + 'static,
    ) -> Started {
        let seat = Arc::clone(&self.caller.seat);
        let submission = self.chat.writer.submit(Some(User::clone(&self.caller.user)), change);
        let answer = move |Committed { done, published }: Committed<C::Done, Encoded>| {
            reply(done, Echo { seat, is_logged: published.is_logged })
        };
        commit(self.chat, self.access, submission, Vec::new(), |_| false, answer).await
    }
}

/// Last stage: hands a write to the writer, in its place among the connection's writes. `files` were stored
/// for it, which a refusal must not leave behind, nor a write that `is_duplicate` of an earlier one.
pub(in crate::chat) async fn commit<D: 'static>(
    chat: &Arc<Chat>,
    access: Access,
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
                Err(errors::unwritten(&error, access.viewer.visible()))
            }
        }
    });
    Started::Committing(answer)
}

/// Last stage of a change that is no command; waits for its commit.
pub(in crate::chat) async fn settle<C: Change>(
    chat: &Chat,
    access: &Access,
    actor: &User,
    change: C,
) -> Result<C::Done, WireError> {
    let done = chat.writer.write(Some(actor.clone()), change).await;
    done.map_err(|error| errors::unwritten(&error, access.viewer.visible()))
}

/// Removes files that no row will name.
pub(in crate::chat) async fn discard(chat: &Chat, files: Vec<AttachmentId>) {
    for id in files {
        if let Err(error) = chat.blobs.delete(&id).await {
            tracing::warn!(%id, %error, "a file of a refused message stays until the next sweep");
        }
    }
}
