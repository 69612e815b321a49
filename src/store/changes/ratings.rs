//! Rating a ticket.

use diesel::{ExpressionMethods, QueryDsl, RunQueryDsl};

use super::{Changed, Context, Held};
use crate::{
    domain::{
        Action, Happening, Rule, Stream, TicketId, TicketStatus, Timestamp, User, policy::RATING_WINDOW,
    },
    guard::PlainText,
    store::{
        db::schema::tickets,
        error::{Conflict, WriteError},
        write::{Done, Effects, Outcome},
    },
};

/// Rates a closed ticket, or changes the rating while it may be changed. The same again changes nothing.
pub(super) fn rate(
    context: &mut Context<'_>,
    actor: Option<&User>,
    id: TicketId,
    score: i16,
    comment: Option<&PlainText>,
) -> Changed {
    let mut held = Held::take(context, actor, id)?;
    if held.rule(actor, Action::Rate) != Rule::Allowed {
        return Err(WriteError::Forbidden("Only its requester can rate a ticket.").into());
    }
    let comment = comment.map(PlainText::as_str);
    let is: (Option<i16>, Option<String>, Option<i64>) = tickets::table
        .find(id.0)
        .select((tickets::rating, tickets::rating_comment, tickets::rated_at))
        .get_result(context.connection)?;
    let outcome = Outcome::TicketRated { ticket_id: id, score };
    if is.0 == Some(score) && is.1.as_deref() == comment {
        return Ok(outcome.into());
    }
    let rated_at = is.2.map(Timestamp);
    if held.status != TicketStatus::Closed {
        return Err(WriteError::from(Conflict::State("Only a closed ticket can be rated.")).into());
    }
    if rated_at.is_some_and(|at| context.now > at.after(RATING_WINDOW)) {
        return Err(WriteError::from(Conflict::State("The time to change the rating is over.")).into());
    }
    diesel::update(tickets::table.find(id.0))
        .set((
            tickets::rating.eq(score),
            tickets::rating_comment.eq(comment),
            tickets::rated_at.eq(rated_at.unwrap_or(context.now).0),
        ))
        .execute(context.connection)?;
    let entry = held.append(context, actor, Stream::Public, Happening::Rated { score })?;
    Ok(Done { outcome, effects: Effects { entries: vec![entry], ..Effects::default() } })
}
