//! `add_participant` and `remove_participant`.

use super::{Execute, pipeline::Call};
use crate::{
    chat::{Started, errors},
    protocol::{
        WireError,
        objects::UserObject,
        participants::{AddParticipant, ParticipantAdded, ParticipantRemoved, RemoveParticipant},
    },
    store::changes,
};

impl Execute for AddParticipant {
    async fn execute(self, call: Call<'_>) -> Result<Started, WireError> {
        let Self { ticket_id, user_id } = self;
        let allowed = call.in_ticket(ticket_id).await?;
        let change = changes::AddParticipant { ticket_id, user_id };
        Ok(allowed
            .commit(change, move |user, echo| {
                let user = UserObject::from(&user);
                echo.reply_in(ticket_id, &ParticipantAdded { ticket_id, user })
            })
            .await)
    }
}

impl Execute for RemoveParticipant {
    async fn execute(self, call: Call<'_>) -> Result<Started, WireError> {
        let Self { ticket_id, user_id } = self;
        let allowed = call.in_ticket(ticket_id).await?;
        let caller = &allowed.caller.user;
        // An agent stays in the room.
        let leaves = user_id == caller.id && !caller.role.is_staff();
        let change = changes::RemoveParticipant { ticket_id, user_id };
        Ok(allowed
            .commit(change, move |user, echo| {
                let reply = ParticipantRemoved { ticket_id, user: UserObject::from(&user) };
                // Who leaves is out of the room before its event comes, and would get no answer by it.
                if leaves { errors::reply(&reply) } else { echo.reply_in(ticket_id, &reply) }
            })
            .await)
    }
}
