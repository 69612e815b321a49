//! Finding tickets by their number or by words of their subject.

use diesel::{
    BoolExpressionMethods, BoxableExpression, ExpressionMethods,
    dsl::sql,
    sql_types::{Bool, Text},
};

use super::super::{connection::AnyBackend, schema::tickets};

/// A condition on a ticket.
type Condition<'a> = Box<dyn BoxableExpression<tickets::table, AnyBackend, SqlType = Bool> + 'a>;

/// Whether a ticket has this number (`42` or `#42`), or all of these words in its subject.
pub(super) fn subject_matches(query: &str) -> Condition<'static> {
    let by_words = by_words(query);
    match number(query) {
        Some(number) => Box::new(tickets::id.eq(number).or(by_words)),
        None => by_words,
    }
}

fn by_words(query: &str) -> Condition<'static> {
    let mut all: Condition<'static> = Box::new(sql::<Bool>("1 = 1"));
    for word in query.split_whitespace() {
        // What means something in a pattern stands for any one character.
        let pattern = format!("%{}%", word.replace(['\\', '%', '_'], "_"));
        let contains = sql::<Bool>("lower(tickets.subject) LIKE lower(").bind::<Text, _>(pattern).sql(")");
        all = Box::new(all.and(contains));
    }
    all
}

fn number(query: &str) -> Option<i64> {
    let query = query.trim();
    query.strip_prefix('#').unwrap_or(query).parse().ok()
}
