//! Canned responses saved and deleted.
//!
//! Owns who may change which: a personal one its owner, for whom alone it exists; a shared one its author
//! and admins.

use diesel::{ExpressionMethods, OptionalExtension, QueryDsl, QueryResult, RunQueryDsl};

use super::{Change, ChangeError, Tx};
use crate::{
    domain::{Action, CannedResponse, CannedResponseId, Role, Rule, User, UserId, saturating_i64},
    guard::{
        PlainText,
        text::template::{Shortcut, Template},
    },
    store::{
        db::{rows::damaged, schema::canned_responses},
        error::{Conflict, WriteError},
        read::canned_responses::by_id,
    },
};

/// Saves a canned response, new or in place of another.
#[derive(Debug)]
pub struct SaveCannedResponse {
    /// The one that it replaces.
    pub id: Option<CannedResponseId>,
    /// By which agents find it.
    pub shortcut: Shortcut,
    /// What it is about.
    pub title: PlainText,
    /// Its text.
    pub template: Template,
    /// Whether all agents see it.
    pub shared: bool,
}

impl Change for SaveCannedResponse {
    type Done = CannedResponse;

    fn apply(&self, tx: &mut Tx<'_>) -> Result<CannedResponse, ChangeError> {
        let actor = agent(tx)?;
        let replaced = match self.id {
            Some(id) => Some(changeable(tx, actor, id)?),
            None => None,
        };
        // One that is shared no more is its author's again, whoever did it.
        let author = replaced.as_ref().map_or(&actor.id, |response| &response.author.id);
        let owner = (!self.shared).then_some(author);
        if let Some(taken) = find(tx, owner, self.shortcut.as_str())? {
            let is_replaced = self.id == Some(taken);
            let known = by_id(tx.connection, taken)?.ok_or_else(|| damaged("canned response"))?;
            let same = known.title == self.title.as_str() && known.body == self.template.as_str();
            // Sent again: it is there already.
            if same && (is_replaced || self.id.is_none() && known.author.id == actor.id) {
                return Ok(known);
            }
            if !is_replaced {
                return Err(WriteError::from(Conflict::State("This shortcut is taken.")).into());
            }
        }
        let moves_in = replaced.as_ref().is_none_or(|response| response.owner.as_ref() != owner);
        if moves_in && count(tx, owner)? >= saturating_i64(tx.bounds.canned_responses) {
            return Err(WriteError::from(Conflict::State("There are too many canned responses.")).into());
        }
        write(tx, self, author, owner)?;
        let saved = match self.id {
            Some(id) => id,
            None => find(tx, owner, self.shortcut.as_str())?.ok_or_else(|| damaged("canned response"))?,
        };
        Ok(by_id(tx.connection, saved)?.ok_or_else(|| damaged("canned response"))?)
    }
}

/// Deletes a canned response.
#[derive(Debug)]
pub struct DeleteCannedResponse {
    /// The canned response.
    pub id: CannedResponseId,
}

impl Change for DeleteCannedResponse {
    type Done = ();

    fn apply(&self, tx: &mut Tx<'_>) -> Result<(), ChangeError> {
        let actor = agent(tx)?;
        changeable(tx, actor, self.id)?;
        diesel::delete(canned_responses::table.find(self.id.0)).execute(tx.connection)?;
        Ok(())
    }
}

fn agent<'a>(tx: &Tx<'a>) -> Result<&'a User, ChangeError> {
    let allowed = tx.actor.filter(|actor| actor.viewer().may(Action::UseCanned) == Rule::Allowed);
    allowed.ok_or_else(|| WriteError::Forbidden("Your role does not allow this.").into())
}

/// The one of that id, if the actor may change it. Another's own does not exist for them.
fn changeable(tx: &mut Tx<'_>, actor: &User, id: CannedResponseId) -> Result<CannedResponse, ChangeError> {
    let found = by_id(tx.connection, id)?
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
fn find(tx: &mut Tx<'_>, owner: Option<&UserId>, shortcut: &str) -> QueryResult<Option<CannedResponseId>> {
    let found: Option<i64> = match owner {
        Some(owner) => canned_responses::table
            .filter(canned_responses::owner_id.eq(owner.as_str()))
            .filter(canned_responses::shortcut.eq(shortcut))
            .select(canned_responses::id)
            .get_result(tx.connection)
            .optional()?,
        None => canned_responses::table
            .filter(canned_responses::owner_id.is_null())
            .filter(canned_responses::shortcut.eq(shortcut))
            .select(canned_responses::id)
            .get_result(tx.connection)
            .optional()?,
    };
    Ok(found.map(CannedResponseId))
}

fn count(tx: &mut Tx<'_>, owner: Option<&UserId>) -> QueryResult<i64> {
    match owner {
        Some(owner) => canned_responses::table
            .filter(canned_responses::owner_id.eq(owner.as_str()))
            .count()
            .get_result(tx.connection),
        None => canned_responses::table
            .filter(canned_responses::owner_id.is_null())
            .count()
            .get_result(tx.connection),
    }
}

fn write(
    tx: &mut Tx<'_>,
    new: &SaveCannedResponse,
    author: &UserId,
    owner: Option<&UserId>,
) -> QueryResult<usize> {
    let columns = (
        canned_responses::owner_id.eq(owner.map(UserId::as_str)),
        canned_responses::shortcut.eq(new.shortcut.as_str()),
        canned_responses::title.eq(new.title.as_str()),
        canned_responses::body.eq(new.template.as_str()),
        canned_responses::updated_at.eq(tx.now.0),
    );
    match new.id {
        Some(id) => diesel::update(canned_responses::table.find(id.0)).set(columns).execute(tx.connection),
        None => diesel::insert_into(canned_responses::table)
            .values((columns, canned_responses::author_id.eq(author.as_str())))
            .execute(tx.connection),
    }
}
