//! Canned responses saved and deleted.
//!
//! Owns who may change which: a personal one its owner, for whom alone it exists; a shared one its author
//! and admins.

use diesel::{ExpressionMethods, OptionalExtension, QueryDsl, QueryResult, RunQueryDsl};

use super::{Changed, Context, Trouble};
use crate::{
    domain::{Action, CannedResponse, CannedResponseId, Role, Rule, User, UserId, saturating_i64},
    store::{
        db::{rows::damaged, schema::canned_responses},
        error::{Conflict, WriteError},
        read::canned_responses::by_id,
        write::{NewCanned, Outcome},
    },
};

/// Saves one, new or in place of another.
pub(super) fn save(context: &mut Context<'_>, actor: Option<&User>, new: &NewCanned) -> Changed {
    let actor = agent(actor)?;
    let replaced = match new.id {
        Some(id) => Some(changeable(context, actor, id)?),
        None => None,
    };
    // One that is shared no more is its author's again, whoever did it.
    let author = replaced.as_ref().map_or(&actor.id, |response| &response.author.id);
    let owner = (!new.shared).then_some(author);
    if let Some(taken) = find(context, owner, new.shortcut.as_str())? {
        let is_replaced = new.id == Some(taken);
        let known = by_id(context.connection, taken)?.ok_or_else(|| damaged("canned response"))?;
        let same = known.title == new.title.as_str() && known.body == new.template.as_str();
        // Sent again: it is there already.
        if same && (is_replaced || new.id.is_none() && known.author.id == actor.id) {
            return Ok(Outcome::CannedSaved(Box::new(known)).into());
        }
        if !is_replaced {
            return Err(WriteError::from(Conflict::State("This shortcut is taken.")).into());
        }
    }
    let moves_in = replaced.as_ref().is_none_or(|response| response.owner.as_ref() != owner);
    if moves_in && count(context, owner)? >= saturating_i64(context.bounds.canned_responses) {
        return Err(WriteError::from(Conflict::State("There are too many canned responses.")).into());
    }
    write(context, new, author, owner)?;
    let saved = match new.id {
        Some(id) => id,
        None => find(context, owner, new.shortcut.as_str())?.ok_or_else(|| damaged("canned response"))?,
    };
    let saved = by_id(context.connection, saved)?.ok_or_else(|| damaged("canned response"))?;
    Ok(Outcome::CannedSaved(Box::new(saved)).into())
}

/// Deletes one.
pub(super) fn delete(context: &mut Context<'_>, actor: Option<&User>, id: CannedResponseId) -> Changed {
    let actor = agent(actor)?;
    changeable(context, actor, id)?;
    diesel::delete(canned_responses::table.find(id.0)).execute(context.connection)?;
    Ok(Outcome::CannedDeleted(id).into())
}

fn agent(actor: Option<&User>) -> Result<&User, Trouble> {
    let allowed = actor.filter(|actor| actor.viewer().may(Action::UseCanned) == Rule::Allowed);
    allowed.ok_or_else(|| WriteError::Forbidden("Your role does not allow this.").into())
}

/// The one of that id, if the actor may change it. Another's own does not exist for them.
fn changeable(
    context: &mut Context<'_>,
    actor: &User,
    id: CannedResponseId,
) -> Result<CannedResponse, Trouble> {
    let found = by_id(context.connection, id)?
        .filter(|response| response.owner.as_ref().is_none_or(|owner| *owner == actor.id));
    let Some(found) = found else {
        let sentence = "There is no such canned response.";
        return Err(WriteError::Missing { field: "id", sentence }.into());
    };
    if found.owner.is_none() && found.author.id != actor.id && actor.role != Role::Admin {
        return Err(WriteError::Forbidden("Only its author or an admin can do this.").into());
    }
    Ok(found)
}

/// The one of that shortcut, of an owner or among the shared ones.
fn find(
    context: &mut Context<'_>,
    owner: Option<&UserId>,
    shortcut: &str,
) -> QueryResult<Option<CannedResponseId>> {
    let found: Option<i64> = match owner {
        Some(owner) => canned_responses::table
            .filter(canned_responses::owner_id.eq(owner.as_str()))
            .filter(canned_responses::shortcut.eq(shortcut))
            .select(canned_responses::id)
            .get_result(context.connection)
            .optional()?,
        None => canned_responses::table
            .filter(canned_responses::owner_id.is_null())
            .filter(canned_responses::shortcut.eq(shortcut))
            .select(canned_responses::id)
            .get_result(context.connection)
            .optional()?,
    };
    Ok(found.map(CannedResponseId))
}

fn count(context: &mut Context<'_>, owner: Option<&UserId>) -> QueryResult<i64> {
    match owner {
        Some(owner) => canned_responses::table
            .filter(canned_responses::owner_id.eq(owner.as_str()))
            .count()
            .get_result(context.connection),
        None => canned_responses::table
            .filter(canned_responses::owner_id.is_null())
            .count()
            .get_result(context.connection),
    }
}

fn write(
    context: &mut Context<'_>,
    new: &NewCanned,
    author: &UserId,
    owner: Option<&UserId>,
) -> QueryResult<usize> {
    let columns = (
        canned_responses::owner_id.eq(owner.map(UserId::as_str)),
        canned_responses::shortcut.eq(new.shortcut.as_str()),
        canned_responses::title.eq(new.title.as_str()),
        canned_responses::body.eq(new.template.as_str()),
        canned_responses::updated_at.eq(context.now.0),
    );
    match new.id {
        Some(id) => {
            diesel::update(canned_responses::table.find(id.0)).set(columns).execute(context.connection)
        }
        None => diesel::insert_into(canned_responses::table)
            .values((columns, canned_responses::author_id.eq(author.as_str())))
            .execute(context.connection),
    }
}
