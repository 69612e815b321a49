//! `add_participant` and `remove_participant`.

use std::sync::Arc;

use super::{Chat, Started, pipeline, seat::Caller};
use crate::{
    guard::limits::Admitted,
    protocol::{
        WireError,
        command::{AddParticipant, RemoveParticipant},
        reply::Conversation,
    },
    store::{Outcome, What},
};

/// Adds someone to a ticket.
pub(super) async fn add(
    chat: &Arc<Chat>,
    caller: &Caller,
    admitted: Admitted,
    AddParticipant { ticket_id, user_id }: AddParticipant,
) -> Result<Started, WireError> {
    let allowed = pipeline::access(chat, caller, admitted, ticket_id).await?;
    let what = What::AddParticipant { ticket_id, user_id };
    Ok(pipeline::change(chat, caller, allowed, what, "ticketId", |outcome| match outcome {
        Outcome::ParticipantAdded { ticket_id, user } => {
            Some((Conversation::participant_added(ticket_id, &user), ticket_id))
        }
        _ => None,
    })
    .await)
}

/// Removes someone from a ticket, or the caller.
pub(super) async fn remove(
    chat: &Arc<Chat>,
    caller: &Caller,
    admitted: Admitted,
    RemoveParticipant { ticket_id, user_id }: RemoveParticipant,
) -> Result<Started, WireError> {
    let allowed = pipeline::access(chat, caller, admitted, ticket_id).await?;
    // An agent stays in the room.
    let leaves = user_id == caller.user.id && !caller.user.role.is_staff();
    let what = What::RemoveParticipant { ticket_id, user_id };
    Ok(pipeline::change(chat, caller, allowed, what, "ticketId", move |outcome| match outcome {
        Outcome::ParticipantRemoved { ticket_id, user } => {
            let reply = Conversation::participant_removed(ticket_id, &user);
            // Who leaves is out of the room before its event comes, and would get no answer by it.
            Some((if leaves { reply.never_echoed() } else { reply }, ticket_id))
        }
        _ => None,
    })
    .await)
}
