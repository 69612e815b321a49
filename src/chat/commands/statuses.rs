//! `get_user_status`, `get_users_status` and `set_status`.

use std::{collections::HashMap, sync::Arc};

use super::pipeline;
use crate::{
    chat::{Chat, Started, connections::connection::Caller, errors},
    domain::{Action, Availability, Timestamp, UserId, UserStatus},
    guard::limits::Admitted,
    protocol::{
        WireError,
        objects::StatusObject,
        statuses::{GetUserStatus, GetUsersStatus, SetStatus, UsersStatus},
    },
    store::{StatusSet, changes},
};

/// How many users can be asked about at once.
const MAX_USERS: usize = 200;

/// How a user is seen.
pub(in crate::chat) async fn of_user(
    chat: &Arc<Chat>,
    caller: &Caller,
    admitted: Admitted,
    request: GetUserStatus,
) -> Result<Started, WireError> {
    let found = look_up(chat, caller, admitted, vec![request.user_id]).await?.pop();
    let (user, status) = found.ok_or_else(WireError::user_not_found)?;
    Started::reply(&StatusObject::new(&user, status))
}

/// How several users are seen, in the order asked; those whom the caller may not know are left out.
pub(in crate::chat) async fn of_users(
    chat: &Arc<Chat>,
    caller: &Caller,
    admitted: Admitted,
    request: GetUsersStatus,
) -> Result<Started, WireError> {
    let ids = request.user_ids.unwrap_or_default();
    if ids.is_empty() || ids.len() > MAX_USERS {
        return Err(WireError::invalid("userIds", format!("Name 1 to {MAX_USERS} users.")));
    }
    let found = look_up(chat, caller, admitted, ids).await?;
    let users = found.iter().map(|(user, status)| StatusObject::new(user, *status)).collect();
    Started::reply(&UsersStatus { users })
}

async fn look_up(
    chat: &Chat,
    caller: &Caller,
    admitted: Admitted,
    ids: Vec<UserId>,
) -> Result<Vec<(UserId, UserStatus)>, WireError> {
    let allowed = pipeline::access_by_role(caller, admitted, Action::SharePresence)?;
    let known = chat.store.last_seen(&allowed.viewer, ids.clone()).await;
    let mut known: HashMap<UserId, Option<Timestamp>> =
        known.map_err(|error| errors::unread(&error))?.into_iter().collect();
    let status = |id: UserId| {
        // Taken out, so that who is named twice is answered once.
        let last_seen = known.remove(&id)?;
        let gone = UserStatus { status: Availability::Offline, last_seen };
        let status = chat.availability.status(&id).unwrap_or(gone);
        Some((id, status))
    };
    Ok(ids.into_iter().filter_map(status).collect())
}

/// Sets how the caller wants to be seen.
pub(in crate::chat) async fn set(
    chat: &Arc<Chat>,
    caller: &Caller,
    admitted: Admitted,
    request: SetStatus,
) -> Result<Started, WireError> {
    let allowed = pipeline::access_by_role(caller, admitted, Action::SharePresence)?;
    let change = changes::SetStatus { availability: request.status, from: caller.seat.id };
    let clock = chat.clock.clone();
    let reply = move |set: StatusSet| {
        let is_gone = set.availability == Availability::Offline;
        let last_seen = if is_gone { set.last_seen } else { Some(clock.now()) };
        let status = UserStatus { status: set.availability, last_seen };
        errors::reply(&StatusObject::new(&set.user_id, status))
    };
    Ok(pipeline::change_apart(chat, caller, allowed, change, reply).await)
}
