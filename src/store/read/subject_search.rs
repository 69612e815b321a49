//! Finding tickets by their number or by words of their subject.

use diesel::{BoolExpressionMethods, BoxableExpression, ExpressionMethods, dsl::sql, sql_types::Bool};

use crate::{
    guard::SearchTerms,
    store::{
        db::{connection::AnyBackend, schema::tickets},
        search::entries::SubjectMatches,
    },
};

/// A condition on a ticket.
type Condition<'a> = Box<dyn BoxableExpression<tickets::table, AnyBackend, SqlType = Bool> + 'a>;

/// Whether a ticket has this number (`42` or `#42`), or all of these words in its subject. A query of
/// neither matches none.
pub(super) fn subject_matches(query: &str) -> Condition<'static> {
    let by_words = by_words(query);
    match number(query) {
        Some(number) => Box::new(tickets::id.eq(number).or(by_words)),
        None => by_words,
    }
}

fn by_words(query: &str) -> Condition<'static> {
    // Whoever asks has bounded the length.
    match SearchTerms::parse(query, usize::MAX) {
        Ok(terms) => Box::new(SubjectMatches::new(&terms)),
        Err(_) => Box::new(sql::<Bool>("1 = 0")),
    }
}

fn number(query: &str) -> Option<i64> {
    let query = query.trim();
    query.strip_prefix('#').unwrap_or(query).parse().ok()
}
