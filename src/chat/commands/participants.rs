//! `add_participant` and `remove_participant`.

use std::sync::Arc;

use super::pipeline;
use crate::{
    chat::{Chat, Started, connections::connection::Caller, errors},
    guard::limits::Admitted,
    protocol::{
        WireError,
        objects::UserObject,
        participants::{AddParticipant, ParticipantAdded, ParticipantRemoved, RemoveParticipant},
    },
    store::changes,
};

/// Adds someone to a ticket.
pub(in crate::chat) async fn add(
    chat: &Arc<Chat>,
    caller: &Caller,
    admitted: Admitted,
    AddParticipant { ticket_id, user_id }: AddParticipant,
) -> Result<Started, WireError> {
    let allowed = pipeline::access(chat, caller, admitted, ticket_id).await?;
    let change = changes::AddParticipant { ticket_id, user_id };
    Ok(pipeline::change(chat, caller, allowed, change, move |user| {
        let user = UserObject::from(&user);
        (errors::reply(&ParticipantAdded { ticket_id, user }), Some(ticket_id))
    })
    .await)
}

/// Removes someone from a ticket, or the caller.
pub(in crate::chat) async fn remove(
    chat: &Arc<Chat>,
    caller: &Caller,
    admitted: Admitted,
    RemoveParticipant { ticket_id, user_id }: RemoveParticipant,
) -> Result<Started, WireError> {
    let allowed = pipeline::access(chat, caller, admitted, ticket_id).await?;
    // An agent stays in the room.
    let leaves = user_id == caller.user.id && !caller.user.role.is_staff();
    let change = changes::RemoveParticipant { ticket_id, user_id };
    Ok(pipeline::change(chat, caller, allowed, change, move |user| {
        let user = UserObject::from(&user);
        // Who leaves is out of the room before its event comes, and would get no answer by it.
        let room = (!leaves).then_some(ticket_id);
        (errors::reply(&ParticipantRemoved { ticket_id, user }), room)
    })
    .await)
}
