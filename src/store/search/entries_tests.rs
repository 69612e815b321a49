//! Subjects as a condition of lists, and the syntax of both indexes.

use diesel::{ExpressionMethods, QueryDsl, RunQueryDsl, connection::SimpleConnection, debug_query, pg::Pg};

use super::{entries::*, index::index_subject};
use crate::{
    domain::{Stream, TicketId},
    guard::SearchTerms,
    store::{
        db::{
            connection::{AnyConnection, Database, Durability, Purpose, Source},
            schema::tickets,
        },
        migrate,
    },
};

fn terms(query: &str) -> SearchTerms {
    SearchTerms::parse(query, 100).unwrap()
}

/// The tickets whose subjects match, as a list would ask for them.
fn matching(connection: &mut AnyConnection, query: &str) -> Vec<i64> {
    tickets::table
        .filter(SubjectMatches::new(&terms(query)))
        .filter(tickets::updated_at.le(100))
        .order((tickets::updated_at.desc(), tickets::id.desc()))
        .select(tickets::id)
        .load(connection)
        .unwrap()
}

#[test]
fn a_list_can_ask_for_words_of_subjects() {
    let dir = tempfile::tempdir().unwrap();
    let source =
        Source { database: Database::Sqlite(dir.path().join("a.db")), durability: Durability::Normal };
    let mut connection = source.open(Purpose::Write).unwrap();
    migrate::migrate(&mut connection).unwrap();
    connection
        .batch_execute(
            "INSERT INTO users (id, name, role, created_at) VALUES ('ada', 'Ada', 'customer', 1);
             INSERT INTO tickets (id, subject, requester_id, creator_id, created_at, updated_at)
             VALUES (1, 'a', 'ada', 'ada', 1, 1), (2, 'b', 'ada', 'ada', 1, 2), (3, 'c', 'ada', 'ada', 1, 3);",
        )
        .unwrap();
    for (id, subject) in [(1, "Crème printer burns"), (2, "Printers"), (3, "#1p")] {
        index_subject(&mut connection, TicketId(id), subject).unwrap();
    }
    assert_eq!(matching(&mut connection, "print"), [2, 1]);
    assert_eq!(matching(&mut connection, "printer burn"), [1]);
    assert_eq!(matching(&mut connection, "creme"), [1]);
    assert_eq!(matching(&mut connection, "#1p"), [3]);
    index_subject(&mut connection, TicketId(1), "Other words").unwrap();
    assert_eq!(matching(&mut connection, "print"), [2]);
    assert_eq!(matching(&mut connection, "word"), [1]);
}

#[test]
fn the_condition_is_the_same_question_in_both_databases() {
    let wanted = terms("Crème \"burn");
    let scopes = [Scope(TicketId(7), Stream::Public), Scope(TicketId(7), Stream::Internal)];
    let wanted = Match { scopes: &scopes, ..Match::of(&wanted) };
    assert_eq!(wanted.fts5(), "\"creme\" AND \"burn\" * AND (\"#7p\" OR \"#7i\")");
    assert_eq!(wanted.tsquery(), "'creme' & 'burn':* & ('#7p' | '#7i')");
    let sql = debug_query::<Pg, _>(&SubjectMatches::new(&terms("x"))).to_string();
    assert!(
        sql.starts_with("tickets.id IN (SELECT ticket_id FROM ticket_search WHERE words @@ $1::tsquery)"),
        "{sql}"
    );
}

#[test]
fn entries_hold_words_and_a_scope_that_no_text_has() {
    let scope = Scope(TicketId(42), Stream::Internal);
    assert_eq!(message_entry(scope, "a<b>B</b> #42p &amp; <p>two</p>"), "#42i ab 42p two");
    assert_eq!(message_entry(scope, "…"), "#42i");
    assert_eq!(subject_entry("Two words"), "two words");
    assert_eq!(subject_entry("?"), "");
}
