//! `rate_ticket`.
//!
//! Owns what a rating may be; who may rate, and when, is decided where it is written.

use super::{Execute, pipeline::Call};
use crate::{
    chat::Started,
    domain::Bounds,
    guard::{PlainText, TextError},
    protocol::{
        WireError,
        ratings::{RateTicket, TicketRated},
    },
    store::changes,
};

impl Execute for RateTicket {
    async fn execute(self, call: Call<'_>) -> Result<Started, WireError> {
        let ticket_id = self.ticket_id;
        let allowed = call.in_ticket(ticket_id).await?;
        let (score, comment) = (score(self.score)?, comment(&allowed.chat.bounds, self.comment.as_deref())?);
        let change = changes::RateTicket { ticket_id, score, comment };
        Ok(allowed
            .commit(change, move |(), echo| echo.reply_in(ticket_id, &TicketRated { ticket_id, score }))
            .await)
    }
}

fn score(score: i64) -> Result<i16, WireError> {
    let score = i16::try_from(score).ok().filter(|score| (1..=5).contains(score));
    score.ok_or_else(|| WireError::invalid("score", "A score is 1, 2, 3, 4 or 5."))
}

/// One in which nothing is to be seen is none.
fn comment(bounds: &Bounds, comment: Option<&str>) -> Result<Option<PlainText>, WireError> {
    match comment.map(|comment| PlainText::new(comment, bounds.comment_chars)) {
        None | Some(Err(TextError::Empty)) => Ok(None),
        Some(Ok(comment)) => Ok(Some(comment)),
        Some(Err(TextError::TooLong { max })) => {
            Err(WireError::invalid("comment", format!("A comment has at most {max} characters.")))
        }
    }
}
