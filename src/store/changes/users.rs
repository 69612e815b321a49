//! Users who are shut out by an admin, and let in again.
//!
//! Owns what of the user's row says so; closing connections follows from it, behind the commit.

use diesel::{ExpressionMethods, OptionalExtension, QueryDsl, QueryResult, RunQueryDsl};

use super::{Changed, Context, Trouble};
use crate::{
    domain::{Action, Lockout, Rule, Timestamp, User, UserId},
    store::{
        db::schema::users,
        error::{Conflict, WriteError},
        write::{Bar, Done, Effects, Outcome},
    },
};

/// Shuts a user out, or lets them in again.
pub(super) fn bar(context: &mut Context<'_>, actor: Option<&User>, user: &UserId, bar: Bar) -> Changed {
    let actor = admin(actor)?;
    if bar == Bar::Disable && actor.id == *user {
        return Err(WriteError::from(Conflict::State("You cannot disable yourself.")).into());
    }
    let Some((_, valid_after, erased_at)) = standing(context, user)? else {
        return Err(no_such_user().into());
    };
    if erased_at.is_some() && bar == Bar::Enable {
        return Err(WriteError::from(Conflict::State("This user was erased.")).into());
    }
    let now = context.now.0;
    let row = diesel::update(users::table.find(user.as_str()));
    // Only what is meant: another server may do the other thing at the same time.
    match bar {
        Bar::RevokeTokens => row
            .set((users::tokens_valid_after.eq(valid_after.max(now)), users::barred_at.eq(now)))
            .execute(context.connection)?,
        Bar::Disable => {
            row.set((users::disabled.eq(true), users::barred_at.eq(now))).execute(context.connection)?
        }
        Bar::Enable => row
            .filter(users::erased_at.is_null())
            .set(users::disabled.eq(false))
            .execute(context.connection)?,
    };
    let Some((disabled, valid_after, _)) = standing(context, user)? else {
        return Err(no_such_user().into());
    };
    let lockout = Lockout { user: user.clone(), disabled, tokens_valid_after: Timestamp(valid_after) };
    let lockouts = if bar == Bar::Enable { Vec::new() } else { vec![lockout.clone()] };
    Ok(Done { outcome: Outcome::Barred(lockout), effects: Effects { lockouts, ..Effects::default() } })
}

/// Whether they are disabled, from when on their tokens are good, and when they were erased.
type Standing = (bool, i64, Option<i64>);

fn standing(context: &mut Context<'_>, user: &UserId) -> QueryResult<Option<Standing>> {
    users::table
        .find(user.as_str())
        .select((users::disabled, users::tokens_valid_after, users::erased_at))
        .get_result(context.connection)
        .optional()
}

/// Whoever may administer.
pub(super) fn admin(actor: Option<&User>) -> Result<&User, Trouble> {
    let allowed = actor.filter(|actor| actor.viewer().may(Action::Administer) == Rule::Allowed);
    allowed.ok_or_else(|| WriteError::Forbidden("Your role does not allow this.").into())
}

pub(super) fn no_such_user() -> WriteError {
    WriteError::Missing { field: "userId", sentence: "There is no such user." }
}
