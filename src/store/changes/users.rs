//! Users who are shut out by an admin, and let in again.
//!
//! Owns what of the user's row says so; closing connections follows from it, behind the commit.

use diesel::{ExpressionMethods, OptionalExtension, QueryDsl, QueryResult, RunQueryDsl};

use super::{Change, ChangeError, Tx};
use crate::{
    domain::{Action, Lockout, Rule, Timestamp, User, UserId},
    store::{
        db::schema::users,
        error::{Conflict, WriteError},
    },
};

/// How an admin shuts somebody out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Bar {
    /// Tokens issued up to now are void.
    RevokeTokens,
    /// No token is good.
    Disable,
    /// Tokens are good again.
    Enable,
}

/// Shuts a user out, or lets them in again.
#[derive(Debug)]
pub struct LockAccount {
    /// The user, who must be known.
    pub user: UserId,
    /// How they are shut out.
    pub bar: Bar,
}

impl Change for LockAccount {
    type Done = Lockout;

    fn apply(&self, tx: &mut Tx<'_>) -> Result<Lockout, ChangeError> {
        let Self { user, bar } = self;
        let actor = admin(tx)?;
        if *bar == Bar::Disable && actor.id == *user {
            return Err(WriteError::from(Conflict::State("You cannot disable yourself.")).into());
        }
        let Some((_, valid_after, erased_at)) = standing(tx, user)? else {
            return Err(no_such_user().into());
        };
        if erased_at.is_some() && *bar == Bar::Enable {
            return Err(WriteError::from(Conflict::State("This user was erased.")).into());
        }
        let now = tx.now.0;
        let row = diesel::update(users::table.find(user.as_str()));
        // Only what is meant: another server may do the other thing at the same time.
        match bar {
            Bar::RevokeTokens => row
                .set((users::tokens_valid_after.eq(valid_after.max(now)), users::barred_at.eq(now)))
                .execute(tx.connection)?,
            Bar::Disable => {
                row.set((users::disabled.eq(true), users::barred_at.eq(now))).execute(tx.connection)?
            }
            Bar::Enable => row
                .filter(users::erased_at.is_null())
                .set(users::disabled.eq(false))
                .execute(tx.connection)?,
        };
        let Some((disabled, valid_after, _)) = standing(tx, user)? else {
            return Err(no_such_user().into());
        };
        let lockout = Lockout { user: user.clone(), disabled, tokens_valid_after: Timestamp(valid_after) };
        if *bar != Bar::Enable {
            tx.effects.lockouts.push(lockout.clone());
        }
        Ok(lockout)
    }
}

/// Whether they are disabled, from when on their tokens are good, and when they were erased.
type Standing = (bool, i64, Option<i64>);

fn standing(tx: &mut Tx<'_>, user: &UserId) -> QueryResult<Option<Standing>> {
    users::table
        .find(user.as_str())
        .select((users::disabled, users::tokens_valid_after, users::erased_at))
        .get_result(tx.connection)
        .optional()
}

/// Whoever may administer.
pub(super) fn admin<'a>(tx: &Tx<'a>) -> Result<&'a User, ChangeError> {
    let allowed = tx.actor.filter(|actor| actor.viewer().may(Action::Administer) == Rule::Allowed);
    allowed.ok_or_else(|| WriteError::Forbidden("Your role does not allow this.").into())
}

pub(super) fn no_such_user() -> WriteError {
    WriteError::Missing { field: "userId", sentence: "There is no such user." }
}
