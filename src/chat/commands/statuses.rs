//! `get_user_status`, `get_users_status` and `set_status`.

use std::collections::HashMap;

use super::{Execute, pipeline::Call};
use crate::{
    chat::{Started, errors},
    domain::{Action, Availability, Timestamp, UserId, UserStatus},
    protocol::{
        WireError,
        objects::StatusObject,
        statuses::{GetUserStatus, GetUsersStatus, SetStatus, UsersStatus},
    },
    store::{StatusSet, changes},
};

/// How many users can be asked about at once.
const MAX_USERS: usize = 200;

impl Execute for GetUserStatus {
    async fn execute(self, call: Call<'_>) -> Result<Started, WireError> {
        let found = look_up(call, vec![self.user_id]).await?.pop();
        let (user, status) = found.ok_or_else(WireError::user_not_found)?;
        Started::reply(&StatusObject::new(&user, status))
    }
}

/// In the order asked; those whom the caller may not know are left out.
impl Execute for GetUsersStatus {
    async fn execute(self, call: Call<'_>) -> Result<Started, WireError> {
        let ids = self.user_ids.unwrap_or_default();
        if ids.is_empty() || ids.len() > MAX_USERS {
            return Err(WireError::invalid("userIds", format!("Name 1 to {MAX_USERS} users.")));
        }
        let found = look_up(call, ids).await?;
        let users = found.iter().map(|(user, status)| StatusObject::new(user, *status)).collect();
        Started::reply(&UsersStatus { users })
    }
}

async fn look_up(call: Call<'_>, ids: Vec<UserId>) -> Result<Vec<(UserId, UserStatus)>, WireError> {
    let chat = call.chat;
    let allowed = call.by_role(Action::SharePresence)?;
    let known = chat.store.last_seen(allowed.viewer(), ids.clone()).await;
    let mut known: HashMap<UserId, Option<Timestamp>> = known?.into_iter().collect();
    let status = |id: UserId| {
        // Taken out, so that who is named twice is answered once.
        let last_seen = known.remove(&id)?;
        let gone = UserStatus { status: Availability::Offline, last_seen };
        let status = chat.availability.status(&id).unwrap_or(gone);
        Some((id, status))
    };
    Ok(ids.into_iter().filter_map(status).collect())
}

impl Execute for SetStatus {
    async fn execute(self, call: Call<'_>) -> Result<Started, WireError> {
        let allowed = call.by_role(Action::SharePresence)?;
        let change = changes::SetStatus { availability: self.status, from: allowed.caller.seat.id };
        let clock = allowed.chat.clock.clone();
        Ok(allowed
            .commit(change, move |set: StatusSet, _| {
                let is_gone = set.availability == Availability::Offline;
                let last_seen = if is_gone { set.last_seen } else { Some(clock.now()) };
                let status = UserStatus { status: set.availability, last_seen };
                errors::reply(&StatusObject::new(&set.user_id, status))
            })
            .await)
    }
}
