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
    recovery::{self, Evidence, Receipt},
    reopening,
    results::{self, Answers, Followed},
    shared_state::News,
    sqlite, users, webhook_outbox,
};
use crate::{
    domain::{Bounds, MessageId, NotificationId, Policy, TicketId, Timestamp, metric::Metric},
    store::{
        Store,
        changes::{self, Trouble},
        db::{
            connection::{AnyConnection, Purpose},
            fault::{self, Fault},
        },
        error::{OpenError, WriteError, log_fault},
        write::{Change, Done, Write},
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
    unknown: Option<(Receipt, Answers)>,
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
    pub(super) fn commit(&mut self, writes: &[Write]) -> Answers {
        let mut tried_again = false;
        for _ in 0..RETRIES {
            let shared = Arc::clone(&self.store.0);
            let rules = Rules { now: shared.clock.now(), policy: &shared.policy, bounds: &shared.bounds };
            if self.connect().is_none() {
                break;
            }
            let Some(connection) = self.connection.as_mut() else { break };
            let started = Instant::now();
            let Failure { error, unknown } = match transaction(connection, writes, &rules, &mut self.news) {
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
    fn isolate(&mut self, writes: &[Write], error: &Error) -> Answers {
        if let [write] = writes {
            return vec![Err(blame(write, error))];
        }
        tracing::warn!(%error, "a batch of {} writes failed and is tried in halves", writes.len());
        let (first, second) = writes.split_at(writes.len() / 2);
        let mut answers = self.commit(first);
        answers.extend(self.commit(second));
        answers
    }

    /// Whether a commit happened whose answer was lost.
    fn find_out(&mut self, unknown: Option<(Receipt, Answers)>) -> Found {
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
    Committed(Answers),
    NotCommitted,
    Nothing,
}

/// The one transaction of a batch.
fn transaction(
    connection: &mut AnyConnection,
    writes: &[Write],
    rules: &Rules<'_>,
    news: &mut News,
) -> Result<Answers, Failure> {
    begin(connection)?;
    match carry_out(connection, writes, rules, news) {
        Ok((receipt, answers)) => match end(connection) {
            Ok(()) => Ok(answers),
            Err(error) => Err(Failure { error, unknown: Some((receipt, answers)) }),
        },
        Err(error) => {
            // Its own failure adds nothing: the connection is given up in any case.
            let _ = roll_back(connection);
            Err(error.into())
        }
    }
}

fn carry_out(
    connection: &mut AnyConnection,
    writes: &[Write],
    rules: &Rules<'_>,
    news: &mut News,
) -> QueryResult<(Receipt, Answers)> {
    let unsaved = users::save_users(connection, writes, rules.now.0)?;
    if let AnyConnection::Postgres(connection) = connection {
        // Messages alone lock their tickets together, when they are looked at.
        if writes.iter().any(stands_alone) {
            postgres::lock_all(connection, writes)?;
        }
    }
    news.refresh(connection)?;
    let mut answers = Vec::with_capacity(writes.len());
    let mut evidence = None;
    let gone = |write: &Write| match write {
        Write::SaveUser(save) => Some(&save.user.id).filter(|id| unsaved.contains(id.as_str())).cloned(),
        other => news.erased.author(other).cloned(),
    };
    let apart = |write: &Write| stands_alone(write) || gone(write).is_some();
    for run in writes.chunk_by(|one, next| !apart(one) && !apart(next)) {
        match run {
            [write] if gone(write).is_some() => {
                answers.extend(gone(write).map(|user| Err(WriteError::Erased(user))));
            }
            [Write::Change(change)] => {
                let done = rules.apply(connection, change)?;
                if evidence.is_none() {
                    evidence = Evidence::of_change(change, &done, rules.now)?;
                }
                answers.push(done);
            }
            _ => answers.extend(together(connection, run, rules, &mut evidence)?),
        }
    }
    webhook_outbox::record(connection, &news.hooks, &mut answers, rules.now)?;
    let receipt = match connection {
        AnyConnection::Sqlite(_) => Receipt::default(),
        AnyConnection::Postgres(connection) => recovery::receipt(connection, evidence)?,
    };
    Ok((receipt, answers))
}

/// Whether a write must come behind all before it, and before all behind it. Receipts need not: a few
/// of them between messages must not take the messages apart.
fn stands_alone(write: &Write) -> bool {
    matches!(write, Write::Change(change) if !change.what.is_receipt())
}

/// Carries out messages and tickets in as few statements as there can be; receipts come last.
fn together(
    connection: &mut AnyConnection,
    writes: &[Write],
    rules: &Rules<'_>,
    evidence: &mut Option<Evidence>,
) -> QueryResult<Answers> {
    let now = rules.now;
    let mut facts = Facts { of_writes: vec![WriteFacts::default(); writes.len()], ..Facts::default() };
    match connection {
        AnyConnection::Sqlite(connection) => sqlite::load(connection, writes, &mut facts)?,
        AnyConnection::Postgres(connection) => postgres::load(connection, writes, &mut facts)?,
    }
    attachments::load(connection, writes, &mut facts)?;
    load_for_tickets(connection, writes, &mut facts)?;
    message_notifications::load(connection, writes, &mut facts)?;
    let users = facts.users.clone();
    let mut plan = plan::plan(writes, facts, now.0);

    let ids = next_ids(connection, Sequence::Messages, plan.messages.len())?;
    for (planned, id) in plan.messages.iter_mut().zip(ids) {
        planned.id = MessageId(id);
    }
    let ids = next_ids(connection, Sequence::Notifications, plan.notices.len())?;
    for (notice, id) in plan.notices.iter_mut().zip(ids) {
        notice.id = NotificationId(id);
    }
    for planned in &plan.tickets {
        users::insert_ticket(connection, planned, now.0)?;
    }
    match connection {
        AnyConnection::Sqlite(connection) => sqlite::store(connection, &plan, now.0)?,
        AnyConnection::Postgres(connection) => postgres::store(connection, &plan, now.0)?,
    }
    attachments::remove(connection, &plan)?;
    let reopened = reopening::store(connection, &plan, now)?;
    let notified = message_notifications::store(connection, &plan, now)?;
    if evidence.is_none() {
        *evidence = Evidence::of_plan(&plan);
    }
    let followed = Followed { reopened, notified };
    results::answers(connection, writes, &plan, &users, followed, rules)
}

/// What a change is checked against.
pub(super) struct Rules<'a> {
    pub(super) now: Timestamp,
    pub(super) policy: &'a Policy,
    pub(super) bounds: &'a Bounds,
}

impl Rules<'_> {
    /// Makes a change.
    pub(super) fn apply(
        &self,
        connection: &mut AnyConnection,
        change: &Change,
    ) -> QueryResult<Result<Done, WriteError>> {
        let Self { now, policy, bounds } = *self;
        let mut context = changes::Context { connection, now, policy, bounds };
        match changes::apply(&mut context, change) {
            Ok(done) => Ok(Ok(done)),
            Err(Trouble::Refused(error)) => Ok(Err(error)),
            Err(Trouble::Database(error)) => Err(error),
        }
    }
}

fn load_for_tickets(connection: &mut AnyConnection, writes: &[Write], facts: &mut Facts) -> QueryResult<()> {
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
fn blame(write: &Write, error: &Error) -> WriteError {
    let missing = matches!(error, Error::DatabaseError(DatabaseErrorKind::ForeignKeyViolation, _));
    match write {
        Write::SendMessage(new) if missing => WriteError::UnknownUser(new.sender.id.clone()),
        Write::CreateTicket(new) if missing => {
            let sender = new.message.as_ref().map_or(&new.creator.id, |message| &message.sender.id);
            WriteError::UnknownUser(sender.clone())
        }
        _ => WriteError::Internal(log_fault("a write failed", error)),
    }
}
