//! Rating a ticket.

use diesel::{ExpressionMethods, QueryDsl, RunQueryDsl};

use super::{Change, ChangeError, Held, Subject, Tx};
use crate::{
    domain::{Action, LogEvent, Rule, Stream, TicketId, TicketStatus, Timestamp, policy::RATING_WINDOW},
    guard::PlainText,
    store::{
        db::schema::tickets,
        error::{Conflict, WriteError},
    },
};

/// Rates a closed ticket, or changes the rating while it may be changed. The same again changes nothing.
#[derive(Debug)]
pub struct RateTicket {
    /// The ticket.
    pub ticket_id: TicketId,
    /// 1 to 5.
    pub score: i16,
    /// In words.
    pub comment: Option<PlainText>,
}

impl Change for RateTicket {
    type Done = ();

    fn subject(&self) -> Subject {
        Subject::Ticket(self.ticket_id)
    }

    fn apply(&self, tx: &mut Tx<'_>) -> Result<(), ChangeError> {
        let Self { ticket_id: id, score, comment } = self;
        let mut held = Held::take(tx, *id)?;
        if held.rule(tx, Action::Rate) != Rule::Allowed {
            return Err(WriteError::Forbidden("Only its requester can rate a ticket.").into());
        }
        let comment = comment.as_ref().map(PlainText::as_str);
        let is: (Option<i16>, Option<String>, Option<i64>) = tickets::table
            .find(id.0)
            .select((tickets::rating, tickets::rating_comment, tickets::rated_at))
            .get_result(tx.connection)?;
        if is.0 == Some(*score) && is.1.as_deref() == comment {
            return Ok(());
        }
        let rated_at = is.2.map(Timestamp);
        if held.status != TicketStatus::Closed {
            return Err(WriteError::from(Conflict::State("Only a closed ticket can be rated.")).into());
        }
        if rated_at.is_some_and(|at| tx.now > at.after(RATING_WINDOW)) {
            return Err(WriteError::from(Conflict::State("The time to change the rating is over.")).into());
        }
        diesel::update(tickets::table.find(id.0))
            .set((
                tickets::rating.eq(score),
                tickets::rating_comment.eq(comment),
                tickets::rated_at.eq(rated_at.unwrap_or(tx.now).0),
            ))
            .execute(tx.connection)?;
        held.append(tx, Stream::Public, LogEvent::TicketRated { score: *score })?;
        Ok(())
    }
}
