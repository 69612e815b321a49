//! Carries out batches: one transaction each, and what to do when it fails.
//!
//! Owns the writing connection, the retries and the question whether a lost commit happened; the
//! statements are in `sqlite` and `postgres`, the decisions in `plan`.

use std::{
    sync::{Arc, atomic::Ordering},
    time::{Duration, Instant},
};

use diesel::{
    PgConnection, SqliteConnection,
    connection::{AnsiTransactionManager, TransactionManager},
    result::{DatabaseErrorKind, Error, QueryResult},
};

use super::{
    attachments,
    facts::{self, Facts, WriteFacts},
    message_notifications, plan, postgres,
    queued::{ErasedChange, Results, Write},
    recovery::{self, Evidence, Receipt},
    reopening,
    results::{self, Followed},
    shared_state::News,
    sqlite, users, webhook_outbox,
};
use crate::{
    domain::{MessageId, NotificationId, TicketId, UserId, metric::Metric},
    store::{
        Store,
        changes::{ChangeError, Tx},
        db::{
            connection::{AnyConnection, Purpose},
            fault::{self, Fault},
            rows::damaged,
        },
        effects::Effects,
        error::{OpenError, WriteError, log_fault},
    },
};

/// How long to try to reach a server that went away.
const RECONNECT: Duration = Duration::from_secs(5);
const FIRST_PAUSE: Duration = Duration::from_millis(20);
/// How often a batch is tried again because others were in the way, or because its connection went.
const RETRIES: usize = 5;

/// The writing side of the database.
pub(super) struct Engine {
    store: Store,
    connection: Option<AnyConnection>,
    news: News,
}

/// A batch that failed.
struct Failure {
    error: Error,
    /// Given if the failure was in the commit, so that nobody knows whether it happened.
    unknown: Option<(Receipt, Results)>,
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        Self { error, unknown: None }
    }
}

impl Engine {
    pub(super) fn open(store: Store) -> Result<Self, OpenError> {
        let connection =
            store.0.source.open(Purpose::Write).map_err(|error| OpenError::Connect(error.into()))?;
        let news = News::since(store.0.clock.now());
        Ok(Self { store, connection: Some(connection), news })
    }

    /// Gives up the connection; the next batch makes another.
    pub(super) fn disconnect(&mut self) {
        self.connection = None;
    }

    /// Carries out the writes; the answers are at their places.
    pub(super) fn commit(&mut self, writes: &[Write<'_>]) -> Results {
        let mut tried_again = false;
        for _ in 0..RETRIES {
            let shared = Arc::clone(&self.store.0);
            if self.connect().is_none() {
                break;
            }
            let Some(connection) = self.connection.as_mut() else { break };
            let started = Instant::now();
            let tx = Tx {
                connection: &mut *connection,
                actor: None,
                now: shared.clock.now(),
                policy: &shared.policy,
                bounds: &shared.bounds,
                effects: Effects::default(),
            };
            let Failure { error, unknown } = match transaction(tx, writes, &mut self.news) {
                Ok(answers) => {
                    self.store.0.commits.fetch_add(1, Ordering::Relaxed);
                    metrics::histogram!(Metric::CommitBatchSize.name()).record(writes.len() as f64);
                    metrics::histogram!(Metric::CommitSeconds.name()).record(started.elapsed().as_secs_f64());
                    return answers;
                }
                Err(failure) => failure,
            };
            let fault = fault::classify(&error, connection);
            // Whatever state the connection is in: a fresh one costs little and is in none.
            self.disconnect();
            match fault {
                Fault::Lost => {
                    tracing::warn!(%error, "lost the connection to the database while writing");
                    match self.find_out(unknown) {
                        Found::Committed(answers) => return answers,
                        Found::NotCommitted => {}
                        Found::Nothing => break,
                    }
                }
                Fault::Contention => tracing::debug!(%error, "the batch is tried again"),
                Fault::Unavailable => {
                    tracing::error!(%error, "the database takes no writes");
                    break;
                }
                // Another server may have opened the same ticket a moment ago: now it is found.
                Fault::Statement if is_taken(&error) && !tried_again => tried_again = true,
                Fault::Statement => return self.isolate(writes, &error),
            }
        }
        writes.iter().map(|_| Err(WriteError::Unavailable)).collect()
    }

    /// Halves a batch that fails until the write is alone that makes it fail; the others happen.
    fn isolate(&mut self, writes: &[Write<'_>], error: &Error) -> Results {
        if let [write] = writes {
            return vec![Err(blame(*write, error))];
        }
        tracing::warn!(%error, "a batch of {} writes failed and is tried in halves", writes.len());
        let (first, second) = writes.split_at(writes.len() / 2);
        let mut answers = self.commit(first);
        answers.extend(self.commit(second));
        answers
    }

    /// Whether a commit happened whose answer was lost.
    fn find_out(&mut self, unknown: Option<(Receipt, Results)>) -> Found {
        let Some((receipt, answers)) = unknown else { return Found::NotCommitted };
        let Some(connection) = self.connect() else { return Found::Nothing };
        match recovery::happened(connection, &receipt, RECONNECT) {
            Ok(Some(true)) => Found::Committed(answers),
            Ok(Some(false)) => Found::NotCommitted,
            Ok(None) => {
                tracing::error!("a commit whose answer was lost is still not decided");
                Found::Nothing
            }
            Err(error) => {
                tracing::error!(%error, "cannot find out whether a commit happened");
                self.disconnect();
                Found::Nothing
            }
        }
    }

    fn connect(&mut self) -> Option<&mut AnyConnection> {
        if self.connection.is_none() {
            let deadline = Instant::now() + RECONNECT;
            let mut pause = FIRST_PAUSE;
            self.connection = loop {
                match self.store.0.source.open(Purpose::Write) {
                    Ok(connection) => break Some(connection),
                    Err(error) if Instant::now() + pause >= deadline => {
                        tracing::error!(%error, "cannot connect to the database to write");
                        break None;
                    }
                    Err(_) => std::thread::sleep(pause),
                }
                pause *= 2;
            };
        }
        self.connection.as_mut()
    }
}

enum Found {
    Committed(Results),
    NotCommitted,
    Nothing,
}

/// The one transaction of a batch.
fn transaction<'a>(mut tx: Tx<'a>, writes: &'a [Write<'a>], news: &mut News) -> Result<Results, Failure> {
    begin(tx.connection)?;
    match carry_out(&mut tx, writes, news) {
        Ok((receipt, results)) => match end(tx.connection) {
            Ok(()) => Ok(results),
            Err(error) => Err(Failure { error, unknown: Some((receipt, results)) }),
        },
        Err(error) => {
            // Its own failure adds nothing: the connection is given up in any case.
            let _ = roll_back(tx.connection);
            Err(error.into())
        }
    }
}

fn carry_out<'a>(
    tx: &mut Tx<'a>,
    writes: &'a [Write<'a>],
    news: &mut News,
) -> QueryResult<(Receipt, Results)> {
    let unsaved = users::save_users(tx.connection, writes, tx.now.0)?;
    if let AnyConnection::Postgres(connection) = &mut *tx.connection {
        // Messages alone lock their tickets together, when they are looked at.
        if writes.iter().any(|write| write.stands_alone()) {
            postgres::lock_all(connection, writes)?;
        }
    }
    news.refresh(tx.connection)?;
    let mut results = Vec::with_capacity(writes.len());
    let mut evidence = None;
    let gone = |write: &Write<'_>| match write {
        Write::SaveUser(save, _) => Some(&save.user.id).filter(|id| unsaved.contains(id.as_str())).cloned(),
        other => news.erased.author(*other).cloned(),
    };
    let apart = |write: &Write<'_>| write.stands_alone() || gone(write).is_some();
    for run in writes.chunk_by(|one, next| !apart(one) && !apart(next)) {
        match run.first().and_then(gone) {
            Some(user) => results.push(Err(WriteError::Erased(user))),
            None => results.extend(together(tx, run, &mut evidence)?),
        }
    }
    webhook_outbox::record(tx.connection, &news.hooks, &mut results, tx.now)?;
    let receipt = match tx.connection {
        AnyConnection::Sqlite(_) => Receipt::default(),
        AnyConnection::Postgres(connection) => recovery::receipt(connection, evidence)?,
    };
    Ok((receipt, results))
}

/// Carries out one change that stands alone, or messages and tickets with deferrable changes among them,
/// which come last: a few of them between messages must not take the messages apart.
fn together<'a>(
    tx: &mut Tx<'a>,
    writes: &'a [Write<'a>],
    evidence: &mut Option<Evidence>,
) -> QueryResult<Results> {
    let is_change = |write: &Write<'_>| matches!(write, Write::Change(_));
    let bulk: Vec<Write<'a>> = writes.iter().filter(|write| !is_change(write)).copied().collect();
    let mut of_bulk = if bulk.is_empty() { Vec::new() } else { in_bulk(tx, &bulk, evidence)? }.into_iter();
    let mut results = Vec::with_capacity(writes.len());
    for write in writes {
        results.push(match write {
            Write::Change(change) => apply(tx, *change, evidence)?,
            _ => of_bulk.next().ok_or_else(|| damaged("plan"))?,
        });
    }
    Ok(results)
}

/// Makes one change.
fn apply<'a>(
    tx: &mut Tx<'a>,
    change: &'a dyn ErasedChange,
    evidence: &mut Option<Evidence>,
) -> QueryResult<Result<Effects, WriteError>> {
    tx.actor = change.actor();
    tx.effects = Effects::default();
    match change.apply(tx) {
        Ok(()) => {
            let effects = std::mem::take(&mut tx.effects);
            if let (None, Some(entry)) = (&evidence, effects.entries.first()) {
                *evidence = Evidence::of_entry(entry, tx.actor, tx.now)?;
            }
            Ok(Ok(effects))
        }
        Err(ChangeError::Refused(error)) => Ok(Err(error)),
        Err(ChangeError::Database(error)) => Err(error),
    }
}

/// Carries out messages and tickets in as few statements as there can be.
fn in_bulk(tx: &mut Tx<'_>, writes: &[Write<'_>], evidence: &mut Option<Evidence>) -> QueryResult<Results> {
    let now = tx.now;
    let mut facts = Facts { of_writes: vec![WriteFacts::default(); writes.len()], ..Facts::default() };
    match tx.connection {
        AnyConnection::Sqlite(connection) => sqlite::load(connection, writes, &mut facts)?,
        AnyConnection::Postgres(connection) => postgres::load(connection, writes, &mut facts)?,
    }
    attachments::load(tx.connection, writes, &mut facts)?;
    load_for_tickets(tx.connection, writes, &mut facts)?;
    message_notifications::load(tx.connection, writes, &mut facts)?;
    let users = facts.users.clone();
    let mut plan = plan::plan(writes, facts, now.0);

    let ids = next_ids(tx.connection, Sequence::Messages, plan.messages.len())?;
    for (planned, id) in plan.messages.iter_mut().zip(ids) {
        planned.id = MessageId(id);
    }
    let ids = next_ids(tx.connection, Sequence::Notifications, plan.notices.len())?;
    for (notice, id) in plan.notices.iter_mut().zip(ids) {
        notice.id = NotificationId(id);
    }
    for planned in &plan.tickets {
        users::insert_ticket(tx.connection, planned, now.0)?;
    }
    match tx.connection {
        AnyConnection::Sqlite(connection) => sqlite::store(connection, &plan, now.0)?,
        AnyConnection::Postgres(connection) => postgres::store(connection, &plan, now.0)?,
    }
    attachments::remove(tx.connection, plan.messages.iter().map(|planned| planned.new))?;
    let reopened = reopening::store(tx.connection, &plan, now)?;
    let notified = message_notifications::store(tx.connection, &plan, now)?;
    if evidence.is_none() {
        *evidence = Evidence::of_plan(&plan);
    }
    results::results(tx, writes, &plan, &users, Followed { reopened, notified })
}

fn load_for_tickets(
    connection: &mut AnyConnection,
    writes: &[Write<'_>],
    facts: &mut Facts,
) -> QueryResult<()> {
    let mut count = 0;
    for (place, new) in facts::tickets(writes) {
        facts.of_writes[place].earlier = users::earlier_ticket(connection, new)?;
        count += 1;
    }
    if count > 0 {
        facts.users = users::named_users(connection, writes)?;
        let ids = next_ids(connection, Sequence::Tickets, count)?;
        // Taken from the end: the first write gets the lowest.
        facts.ticket_ids = ids.into_iter().rev().map(TicketId).collect();
    }
    Ok(())
}

#[derive(Clone, Copy)]
enum Sequence {
    Tickets,
    Messages,
    Notifications,
}

fn next_ids(connection: &mut AnyConnection, sequence: Sequence, count: usize) -> QueryResult<Vec<i64>> {
    let (table, name) = match sequence {
        Sequence::Tickets => ("tickets", "tickets_id_seq"),
        Sequence::Messages => ("messages", "messages_id_seq"),
        Sequence::Notifications => ("notifications", "notifications_id_seq"),
    };
    match connection {
        AnyConnection::Sqlite(connection) => sqlite::next_ids(connection, table, count),
        AnyConnection::Postgres(connection) => postgres::next_ids(connection, name, count),
    }
}

fn begin(connection: &mut AnyConnection) -> QueryResult<()> {
    match connection {
        // IMMEDIATE takes the write lock now: a later upgrade could fail halfway.
        AnyConnection::Sqlite(connection) => {
            AnsiTransactionManager::begin_transaction_sql(connection, "BEGIN IMMEDIATE")
        }
        AnyConnection::Postgres(connection) => AnsiTransactionManager::begin_transaction(connection),
    }
}

fn end(connection: &mut AnyConnection) -> QueryResult<()> {
    match connection {
        AnyConnection::Sqlite(connection) => {
            <AnsiTransactionManager as TransactionManager<SqliteConnection>>::commit_transaction(connection)
        }
        AnyConnection::Postgres(connection) => {
            <AnsiTransactionManager as TransactionManager<PgConnection>>::commit_transaction(connection)
        }
    }
}

fn roll_back(connection: &mut AnyConnection) -> QueryResult<()> {
    match connection {
        AnyConnection::Sqlite(connection) => {
            <AnsiTransactionManager as TransactionManager<SqliteConnection>>::rollback_transaction(connection)
        }
        AnyConnection::Postgres(connection) => {
            <AnsiTransactionManager as TransactionManager<PgConnection>>::rollback_transaction(connection)
        }
    }
}

fn is_taken(error: &Error) -> bool {
    matches!(error, Error::DatabaseError(DatabaseErrorKind::UniqueViolation, _))
}

/// Why a write fails that fails alone. Its ticket and what it answers were found under the locks, so a
/// missing reference is the sender.
fn blame(write: Write<'_>, error: &Error) -> WriteError {
    let missing = matches!(error, Error::DatabaseError(DatabaseErrorKind::ForeignKeyViolation, _));
    let unknown = |user: &UserId| WriteError::UnknownUser { user: user.clone(), field: "participants" };
    match write {
        Write::SendMessage(new, _) if missing => unknown(&new.sender.id),
        Write::CreateTicket(new, _) if missing => {
            let sender = new.message.as_ref().map_or(&new.creator.id, |message| &message.sender.id);
            unknown(sender)
        }
        _ => WriteError::Internal(log_fault("a write failed", error)),
    }
}
