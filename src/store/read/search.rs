//! Messages that have the words of a query, newest first.
//!
//! Owns who searches where, and the way to the matches. A word's beginning may stand for thousands of
//! words, which an index must bring together before it gives the first match. So the newest candidates
//! are read first, and looked at one by one: what is frequent is found among them, and the index is asked
//! for what is rare.

use diesel::{
    ExpressionMethods, PgConnection, QueryDsl, QueryResult, QueryableByName, RunQueryDsl, SqliteConnection,
    sql_query,
    sql_types::{BigInt, Text},
};

use super::{access, messages};
use crate::{
    domain::{Message, MessageId, Relation, TicketId, Viewer, saturating_i64},
    guard::{
        SearchTerms,
        text::{search_terms::snippet, visible_text::text_of},
    },
    store::{
        db::{
            connection::AnyConnection,
            schema::{messages as table, participants, tickets},
        },
        search::entries::{Match, Scope},
    },
};

/// What to search for, and where.
#[derive(Clone, Debug)]
pub struct Search {
    /// The words.
    pub terms: SearchTerms,
    /// Only in this ticket.
    pub ticket: Option<TicketId>,
    /// Only before this message.
    pub before: Option<MessageId>,
    /// At most so many.
    pub limit: usize,
}

/// A message that matches.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hit {
    /// All of it.
    pub message: Message,
    /// HTML: the part of its text around the first match, with `<b>` around matches.
    pub snippet: String,
}

/// Matches, newest first.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Hits {
    /// At most as many as were asked for.
    pub hits: Vec<Hit>,
    /// There are older ones.
    pub has_more: bool,
}

/// Scopes in one statement. Those who see more tickets are searched for in turns, so that no search walks
/// matches that are not its caller's.
const SCOPES: usize = 500;

/// Candidates that are looked at one by one, in two steps.
const STEPS: [usize; 2] = [100, 400];

/// The messages that the viewer sees and that match; `None` if they do not see the ticket. Call it in a
/// snapshot.
pub(in crate::store) fn search(
    connection: &mut AnyConnection,
    viewer: &Viewer,
    search: &Search,
) -> QueryResult<Option<Hits>> {
    let Some(place) = place(connection, viewer, search.ticket)? else { return Ok(None) };
    let before = search.before.map_or(i64::MAX, |id| id.0);
    let wanted = search.limit.saturating_add(1);
    let mut ids = match &place {
        Place::Everywhere => matching(connection, &search.terms, &[], before, wanted)?,
        Place::In(scopes) => {
            let mut ids = Vec::new();
            for scopes in scopes.chunks(SCOPES) {
                ids.extend(matching(connection, &search.terms, scopes, before, wanted)?);
            }
            ids.sort_unstable_by_key(|&id| std::cmp::Reverse(id));
            ids
        }
    };
    let has_more = ids.len() > search.limit;
    ids.truncate(search.limit);
    let ids: Vec<MessageId> = ids.into_iter().map(MessageId).collect();
    let mut found = if ids.is_empty() { Vec::new() } else { messages::by_ids(connection, &ids)? };
    found.sort_unstable_by_key(|message| std::cmp::Reverse(message.id));
    // The index says so already; it must not be the only one to say so.
    found.retain(|it| viewer.visible().includes(it.stream) && it.deleted_at.is_none());
    let hit = |message: Message| Hit { snippet: snippet(&text_of(&message.body), &search.terms), message };
    Ok(Some(Hits { hits: found.into_iter().map(hit).collect(), has_more }))
}

/// Where someone may search.
enum Place {
    Everywhere,
    In(Vec<Scope>),
}

fn place(
    connection: &mut AnyConnection,
    viewer: &Viewer,
    ticket: Option<TicketId>,
) -> QueryResult<Option<Place>> {
    let tickets = match ticket {
        Some(id) if access::position(connection, viewer, id)?.is_none() => return Ok(None),
        Some(id) => vec![id.0],
        None if viewer.may_see(Relation::Stranger) => return Ok(Some(Place::Everywhere)),
        None => tickets_of(connection, viewer)?,
    };
    let streams = viewer.visible().streams();
    let scopes = tickets.into_iter().flat_map(|id| streams.iter().map(move |&it| Scope(TicketId(id), it)));
    Ok(Some(Place::In(scopes.collect())))
}

/// The tickets of which the viewer is part.
fn tickets_of(connection: &mut AnyConnection, viewer: &Viewer) -> QueryResult<Vec<i64>> {
    let mut ids: Vec<i64> = tickets::table
        .filter(tickets::requester_id.eq(viewer.id.as_str()))
        .select(tickets::id)
        .load(connection)?;
    let joined: Vec<i64> = participants::table
        .filter(participants::user_id.eq(viewer.id.as_str()))
        .select(participants::ticket_id)
        .load(connection)?;
    ids.extend(joined);
    ids.sort_unstable();
    ids.dedup();
    Ok(ids)
}

/// The ids of the newest matches, newest first.
fn matching(
    connection: &mut AnyConnection,
    terms: &SearchTerms,
    scopes: &[Scope],
    before: i64,
    wanted: usize,
) -> QueryResult<Vec<i64>> {
    let mut found = Vec::new();
    let mut end = before;
    let sure = Match { exact: terms.exact(), prefix: None, scopes };
    for step in STEPS {
        let rows = candidates(connection, &sure, end, step)?;
        let (count, last) = (rows.len(), rows.last().map(|row| row.id));
        let matches = rows.into_iter().filter(|row| terms.begins_a_word_of(&text_of(&row.body)));
        found.extend(matches.map(|row| row.id));
        if found.len() >= wanted || count < step {
            found.truncate(wanted);
            return Ok(found);
        }
        end = last.unwrap_or(end);
    }
    let all = Match { prefix: Some(terms.prefix()), ..sure };
    found.extend(indexed(connection, &all, end, wanted - found.len())?);
    Ok(found)
}

#[derive(QueryableByName)]
struct Row {
    #[diesel(sql_type = BigInt)]
    id: i64,
    #[diesel(sql_type = Text)]
    body: String,
}

#[derive(QueryableByName)]
struct IdRow {
    #[diesel(sql_type = BigInt)]
    id: i64,
}

/// The newest messages that have what is sure to be wanted.
fn candidates(
    connection: &mut AnyConnection,
    wanted: &Match<'_>,
    before: i64,
    limit: usize,
) -> QueryResult<Vec<Row>> {
    let limit = saturating_i64(limit);
    if wanted.exact.is_empty() && wanted.scopes.is_empty() {
        let rows: Vec<(i64, String)> = table::table
            .filter(table::id.lt(before))
            .filter(table::deleted_at.is_null())
            .order(table::id.desc())
            .limit(limit)
            .select((table::id, table::body))
            .load(connection)?;
        return Ok(rows.into_iter().map(|(id, body)| Row { id, body }).collect());
    }
    match connection {
        AnyConnection::Sqlite(connection) => sql_query(
            "SELECT m.id AS id, m.body AS body FROM message_search s CROSS JOIN messages m ON m.id = s.rowid \
             WHERE s.message_search MATCH ? AND s.rowid < ? ORDER BY s.rowid DESC LIMIT ?",
        )
        .bind::<Text, _>(wanted.fts5())
        .bind::<BigInt, _>(before)
        .bind::<BigInt, _>(limit)
        .load(connection),
        AnyConnection::Postgres(connection) => sql_query(
            "SELECT m.id AS id, m.body AS body FROM message_search s JOIN messages m ON m.id = s.message_id \
             WHERE s.words @@ $1::tsquery AND s.message_id < $2 ORDER BY s.message_id DESC LIMIT $3",
        )
        .bind::<Text, _>(wanted.tsquery())
        .bind::<BigInt, _>(before)
        .bind::<BigInt, _>(limit)
        .load(connection),
    }
}

/// The ids of the newest messages that match, as the index has them.
fn indexed(
    connection: &mut AnyConnection,
    wanted: &Match<'_>,
    before: i64,
    limit: usize,
) -> QueryResult<Vec<i64>> {
    let limit = saturating_i64(limit);
    let rows = match connection {
        AnyConnection::Sqlite(connection) => in_fts5(connection, wanted, before, limit),
        AnyConnection::Postgres(connection) => in_tsvectors(connection, wanted, before, limit),
    }?;
    Ok(rows.into_iter().map(|row| row.id).collect())
}

fn in_fts5(
    connection: &mut SqliteConnection,
    wanted: &Match<'_>,
    before: i64,
    limit: i64,
) -> QueryResult<Vec<IdRow>> {
    sql_query(
        "SELECT rowid AS id FROM message_search WHERE message_search MATCH ? AND rowid < ? \
         ORDER BY rowid DESC LIMIT ?",
    )
    .bind::<Text, _>(wanted.fts5())
    .bind::<BigInt, _>(before)
    .bind::<BigInt, _>(limit)
    .load(connection)
}

/// Not prepared by name, so PostgreSQL plans it for these words: from the index if they are rare, else
/// along the messages from the newest.
fn in_tsvectors(
    connection: &mut PgConnection,
    wanted: &Match<'_>,
    before: i64,
    limit: i64,
) -> QueryResult<Vec<IdRow>> {
    sql_query(
        "SELECT message_id AS id FROM message_search WHERE words @@ $1::tsquery AND message_id < $2 \
         ORDER BY message_id DESC LIMIT $3",
    )
    .bind::<Text, _>(wanted.tsquery())
    .bind::<BigInt, _>(before)
    .bind::<BigInt, _>(limit)
    .load(connection)
}
