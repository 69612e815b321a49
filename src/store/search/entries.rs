//! The search index, as it is written and asked: entries of messages and subjects, and what to match.
//!
//! Owns the form of both, the same for the two databases besides their syntax. What a word is, `guard`
//! says; whose scopes to search, `read::search`.

use std::fmt::Write;

use diesel::{
    QueryResult,
    expression::{AppearsOnTable, Expression, SelectableExpression, ValidGrouping, is_aggregate},
    pg::Pg,
    query_builder::{AstPass, QueryFragment, QueryId},
    sql_types::{Bool, Text},
    sqlite::Sqlite,
};

use crate::{
    domain::{Stream, TicketId},
    guard::{
        SearchTerms,
        text::{search_terms, visible_text::text_of},
    },
    store::db::{connection::AnyBackend, schema::tickets},
};

/// Changes whenever the same text gives other words: then everything is indexed anew.
pub(in crate::store) const VERSION: &str = "1";

/// One stream of one ticket, as a word that no text has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::store) struct Scope(pub(in crate::store) TicketId, pub(in crate::store) Stream);

impl Scope {
    fn push(self, out: &mut String) {
        let stream = match self.1 {
            Stream::Public => 'p',
            Stream::Internal => 'i',
        };
        // Writing to a string cannot fail.
        let _ = write!(out, "#{}{stream}", self.0.0);
    }
}

/// The entry of a message: its scope and its words.
pub(in crate::store) fn message_entry(scope: Scope, body: &str) -> String {
    let text = text_of(body);
    let mut entry = String::with_capacity(text.len() + 16);
    scope.push(&mut entry);
    search_terms::push_words(&text, &mut entry);
    entry
}

/// The entry of a ticket: its subject's words.
pub(in crate::store) fn subject_entry(subject: &str) -> String {
    let mut entry = String::with_capacity(subject.len() + 8);
    search_terms::push_words(subject, &mut entry);
    entry.drain(..entry.len().min(1));
    entry
}

/// What entries must have: all of the words, a beginning, and one of the scopes. At least one of them is
/// given.
#[derive(Clone, Debug, Default)]
pub(in crate::store) struct Match<'a> {
    pub(in crate::store) exact: &'a [String],
    pub(in crate::store) prefix: Option<&'a str>,
    pub(in crate::store) scopes: &'a [Scope],
}

impl<'a> Match<'a> {
    /// All that a query asks for.
    pub(in crate::store) fn of(terms: &'a SearchTerms) -> Self {
        Self { exact: terms.exact(), prefix: Some(terms.prefix()), scopes: &[] }
    }

    /// In the words of FTS5.
    pub(in crate::store) fn fts5(&self) -> String {
        self.written("\"", " AND ", " OR ", " *")
    }

    /// In the words of `tsquery`.
    pub(in crate::store) fn tsquery(&self) -> String {
        self.written("'", " & ", " | ", ":*")
    }

    /// Words need no escapes: they hold no quotes.
    fn written(&self, quote: &str, and: &str, or: &str, star: &str) -> String {
        let mut parts: Vec<String> = self.exact.iter().map(|word| format!("{quote}{word}{quote}")).collect();
        parts.extend(self.prefix.map(|prefix| format!("{quote}{prefix}{quote}{star}")));
        let mut any = String::new();
        for scope in self.scopes {
            any.push_str(if any.is_empty() { "(" } else { or });
            any.push_str(quote);
            scope.push(&mut any);
            any.push_str(quote);
        }
        if !any.is_empty() {
            any.push(')');
            parts.push(any);
        }
        parts.join(and)
    }
}

/// A condition on `tickets`: the subject has all that a query asks for.
#[derive(Clone, Debug)]
pub(in crate::store) struct SubjectMatches {
    fts5: String,
    tsquery: String,
}

impl SubjectMatches {
    pub(in crate::store) fn new(terms: &SearchTerms) -> Self {
        let wanted = Match::of(terms);
        Self { fts5: wanted.fts5(), tsquery: wanted.tsquery() }
    }
}

impl QueryFragment<Sqlite> for SubjectMatches {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, Sqlite>) -> QueryResult<()> {
        out.push_sql("tickets.id IN (SELECT rowid FROM ticket_search WHERE ticket_search MATCH ");
        out.push_bind_param::<Text, _>(&self.fts5)?;
        out.push_sql(")");
        Ok(())
    }
}

impl QueryFragment<Pg> for SubjectMatches {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, Pg>) -> QueryResult<()> {
        // Planned anew each time: how many tickets match decides where to begin.
        out.unsafe_to_cache_prepared();
        out.push_sql("tickets.id IN (SELECT ticket_id FROM ticket_search WHERE words @@ ");
        out.push_bind_param::<Text, _>(&self.tsquery)?;
        out.push_sql("::tsquery)");
        Ok(())
    }
}

impl QueryFragment<AnyBackend> for SubjectMatches {
    fn walk_ast<'b>(&'b self, out: AstPass<'_, 'b, AnyBackend>) -> QueryResult<()> {
        AnyBackend::walk_variant_ast(self, out)
    }
}

impl QueryId for SubjectMatches {
    type QueryId = Self;
    const HAS_STATIC_QUERY_ID: bool = true;
}

impl Expression for SubjectMatches {
    type SqlType = Bool;
}

impl ValidGrouping<()> for SubjectMatches {
    type IsAggregate = is_aggregate::No;
}

impl<Source> AppearsOnTable<Source> for SubjectMatches where tickets::id: AppearsOnTable<Source> {}
impl<Source> SelectableExpression<Source> for SubjectMatches where tickets::id: SelectableExpression<Source> {}
