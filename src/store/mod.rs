//! FLOOR 3. The log: tickets, messages and who takes part in them, in SQLite or PostgreSQL.
//!
//! Owns all SQL; diesel and r2d2 are used here and nowhere else. Reads run side by side on a pool
//! ([`Store`]); all writes of a process go through one [`Writer`], which commits whatever waits in one
//! transaction, gives out the sequence numbers in it and checks access again in it. Knows nothing of
//! commands, rooms or sockets.

mod changes;
mod db;
pub mod erasure;
mod error;
pub mod maintenance;
mod migrate;
mod read;
mod search;
mod update;
mod write;
mod writer;

use std::{
    collections::HashSet,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
};

pub use db::connection::{Database, Durability};
use db::{
    connection::{Purpose, Source, snapshot},
    lock::Lock,
    reader::Reader,
};
pub use error::{Busy, Conflict, OpenError, StoreError, WriteError};
use migrate::Identity;
pub use read::{
    history::{Cursor, History, Page},
    notifications::{NotificationPage, NotificationSurplus},
    queue::QueueFilter,
    search::{Hit, Hits, Search},
    statuses::Acquaintances,
    ticket_lists::{TicketCursor, TicketFilter, TicketPage},
    users::StoredUser,
    webhooks::DeliveryPage,
};
pub use update::TicketUpdate;
pub use write::{
    AutoAssigned, Bar, Change, Done, Effects, Finished, IfPosition, Mark, NewAttachment, NewCanned,
    NewMessage, NewNotice, NewTicket, NewWebhook, NotificationsRead, Outcome, Replayed, SaveUser, StatusSet,
    Then, Tried, UpTo, Upload, WebhookChange, WebhookDone, WebhookUpdate, What, Write,
};
pub use writer::Writer;

use crate::domain::{
    Attachment, AttachmentId, Bounds, CannedResponse, Clock, Lockout, LogEntry, MessageId, Notification,
    NotificationId, Policy, Position, Receipt, Secret, Stream, Ticket, TicketId, TicketOverview, Timestamp,
    UserId, Viewer, Visible,
};

/// How to open a store.
#[derive(Clone, Debug)]
pub struct StoreOptions {
    /// Which database.
    pub database: Database,
    /// What an acknowledged write survives.
    pub durability: Durability,
    /// How many reads run at once; at least 1.
    pub read_connections: u32,
    /// Where the times of new rows come from.
    pub clock: Clock,
    /// The rules that a write is checked against.
    pub policy: Policy,
    /// The bounds that only the database can check.
    pub bounds: Bounds,
}

/// The open database. Clones share it.
#[derive(Clone, Debug)]
pub struct Store(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    reader: Reader,
    source: Source,
    identity: Identity,
    clock: Clock,
    policy: Policy,
    bounds: Bounds,
    /// Transactions that the writer committed: while it moves, the database can be written.
    commits: AtomicU64,
    /// Kept by the writer's thread too, so that it is released only when nothing writes any more.
    _lock: Option<Lock>,
}

impl Store {
    /// Opens the database, making and migrating it as needed.
    pub fn open(options: &StoreOptions) -> Result<Self, OpenError> {
        let source = Source { database: options.database.clone(), durability: options.durability };
        let lock = match &source.database {
            Database::Sqlite(path) => Some(Lock::acquire(path)?),
            Database::Postgres(_) => None,
        };
        let mut connection = source.open(Purpose::Write).map_err(|error| OpenError::Connect(error.into()))?;
        let identity = migrate::migrate(&mut connection)?;
        Self::with(options, source, identity, lock)
    }

    /// Opens the database beside a server that may be running, for a single task of the command line: no
    /// lock is taken, and tables that are not up to date are refused. A database that is not there yet
    /// is made as [`Store::open`] makes it.
    pub fn open_beside(options: &StoreOptions) -> Result<Self, OpenError> {
        if matches!(&options.database, Database::Sqlite(path) if !path.exists()) {
            return Self::open(options);
        }
        let source = Source { database: options.database.clone(), durability: options.durability };
        let mut connection = source.open(Purpose::Write).map_err(|error| OpenError::Connect(error.into()))?;
        match migrate::current(&mut connection)? {
            Some(identity) => Self::with(options, source, identity, None),
            None => {
                drop(connection);
                Self::open(options)
            }
        }
    }

    fn with(
        options: &StoreOptions,
        source: Source,
        identity: Identity,
        lock: Option<Lock>,
    ) -> Result<Self, OpenError> {
        let reader = Reader::open(source.clone(), options.read_connections)?;
        Ok(Self(Arc::new(Shared {
            reader,
            source,
            identity,
            clock: options.clock.clone(),
            policy: options.policy,
            bounds: options.bounds.clone(),
            commits: AtomicU64::new(0),
            _lock: lock,
        })))
    }

    /// Carries out one write on this very thread, without a [`Writer`]: for tasks of the command line.
    /// What it appends to logs, a running server tells its rooms when it compares them with the log.
    pub fn write_once(&self, write: Write) -> Result<Done, WriteError> {
        writer::write_once(self.clone(), write)
    }

    /// How many clones there are; the database is released with the last one.
    pub fn holders(&self) -> usize {
        Arc::strong_count(&self.0)
    }

    /// The name of the database's history; another one means that clients must reload.
    pub fn epoch(&self) -> &str {
        &self.0.identity.epoch
    }

    /// The key of content digests: random, and the same for as long as the database lives.
    pub fn digest_key(&self) -> [u8; 32] {
        self.0.identity.digest_key
    }

    /// The key that signs visitors' sessions: random, and shared by all servers of the database.
    pub fn session_key(&self) -> &Secret {
        &self.0.identity.session_key
    }

    /// Starts the thread that writes. It calls `on_commit` after each transaction, with all of it in
    /// the order of commit, and ends when the last clone of the [`Writer`] is gone.
    pub fn writer<T: Send + 'static>(
        &self,
        on_commit: impl FnMut(Vec<Finished<T>>) + Send + 'static,
    ) -> Result<Writer<T>, OpenError> {
        Writer::start(self.clone(), on_commit)
    }

    /// Whether the database answers and can be written.
    pub async fn ready(&self) -> Result<(), StoreError> {
        let shared = self.0.clone();
        let check = move || {
            let before = shared.commits.load(Ordering::Relaxed);
            match maintenance::touch(&shared.source, shared.clock.now()) {
                // A busy writer may keep others out; then its own commits are the proof.
                Err(_) if shared.commits.load(Ordering::Relaxed) > before => Ok(()),
                outcome => outcome,
            }
        };
        self.0.reader.run_aside(check).await
    }

    /// A user as they were saved last.
    pub async fn user(&self, id: &UserId) -> Result<Option<StoredUser>, StoreError> {
        let id = id.clone();
        self.0.reader.run(move |connection| read::users::user(connection, &id)).await
    }

    /// Who was shut out from a time on, also by another process.
    pub async fn locked_out_since(&self, time: Timestamp) -> Result<Vec<Lockout>, StoreError> {
        self.0.reader.run(move |connection| read::users::locked_out_since(connection, time)).await
    }

    /// A ticket; `None` if it is missing or the viewer may not see it, which is the same to them.
    pub async fn ticket(&self, viewer: &Viewer, id: TicketId) -> Result<Option<Ticket>, StoreError> {
        let viewer = viewer.clone();
        let read = move |connection: &mut _| {
            snapshot(connection, |connection| read::tickets::visible_ticket(connection, &viewer, id))
        };
        self.0.reader.run(read).await
    }

    /// The heads of both streams of a ticket, whether or not the viewer sees both; `None` if it is
    /// missing or they may not see it. The cheapest check of access.
    pub async fn position(&self, viewer: &Viewer, id: TicketId) -> Result<Option<Position>, StoreError> {
        let viewer = viewer.clone();
        self.0.reader.run(move |connection| read::access::position(connection, &viewer, id)).await
    }

    /// Where a message is; `None` if it is missing or the viewer may not see it.
    pub async fn locate(
        &self,
        viewer: &Viewer,
        id: MessageId,
    ) -> Result<Option<(TicketId, Stream)>, StoreError> {
        let viewer = viewer.clone();
        self.0.reader.run(move |connection| read::access::locate(connection, &viewer, id)).await
    }

    /// The heads of several tickets in one query; those that do not exist are left out.
    pub async fn heads(&self, ids: Vec<TicketId>) -> Result<Vec<(TicketId, Position)>, StoreError> {
        self.0.reader.run(move |connection| read::access::heads(connection, &ids)).await
    }

    /// What follows `after` in the visible streams, in the one order of the ticket, at most `limit`.
    /// Of each stream it gives a run without a gap that begins right behind `after`.
    pub async fn events_after(
        &self,
        ticket: TicketId,
        visible: Visible,
        after: Position,
        limit: usize,
    ) -> Result<Vec<LogEntry>, StoreError> {
        let read =
            move |connection: &mut _| read::log::events_after(connection, ticket, visible, after, limit);
        self.0.reader.run(read).await
    }

    /// Snoozed tickets whose time had come at `now`, at most `limit`.
    pub async fn due_snoozes(&self, now: Timestamp, limit: i64) -> Result<Vec<TicketId>, StoreError> {
        self.0.reader.run(move |connection| read::snoozes::due(connection, now, limit)).await
    }

    /// A page of a ticket's messages; `None` if it is missing or the viewer may not see it.
    pub async fn history(
        &self,
        viewer: &Viewer,
        ticket: TicketId,
        page: Page,
    ) -> Result<Option<History>, StoreError> {
        let viewer = viewer.clone();
        let read = move |connection: &mut _| {
            snapshot(connection, |connection| read::history::history(connection, &viewer, ticket, page))
        };
        self.0.reader.run(read).await
    }

    /// The messages that the viewer sees and that match, newest first; `None` if they may not see the
    /// ticket that the search is confined to.
    pub async fn search(&self, viewer: &Viewer, search: Search) -> Result<Option<Hits>, StoreError> {
        let viewer = viewer.clone();
        let read = move |connection: &mut _| {
            snapshot(connection, |connection| read::search::search(connection, &viewer, &search))
        };
        self.0.reader.run(read).await
    }

    /// An attachment of a message that the viewer sees, and the SHA-256 of a file's bytes; `None` for any
    /// other, and once the message was deleted.
    pub async fn attachment(
        &self,
        viewer: &Viewer,
        id: &AttachmentId,
    ) -> Result<Option<(Attachment, Option<Vec<u8>>)>, StoreError> {
        let (viewer, id) = (viewer.clone(), id.clone());
        let read = move |connection: &mut _| read::attachments::visible_attachment(connection, &viewer, &id);
        self.0.reader.run(read).await
    }

    /// Those of the ids that a user uploaded to a ticket, sent or not.
    pub async fn uploads(
        &self,
        user: &UserId,
        ticket: TicketId,
        ids: Vec<AttachmentId>,
    ) -> Result<Vec<Upload>, StoreError> {
        let user = user.clone();
        let read = move |connection: &mut _| {
            snapshot(connection, |connection| read::uploads::of_user(connection, &user, ticket, &ids))
        };
        self.0.reader.run(read).await
    }

    /// Those of the ids that a row names, to find files that none does.
    pub async fn named_attachments(
        &self,
        ids: Vec<AttachmentId>,
    ) -> Result<HashSet<AttachmentId>, StoreError> {
        self.0.reader.run(move |connection| read::attachments::named(connection, &ids)).await
    }

    /// A page of the tickets that the viewer sees, the one that was updated last first.
    pub async fn tickets(&self, viewer: &Viewer, filter: TicketFilter) -> Result<TicketPage, StoreError> {
        let viewer = viewer.clone();
        let read = move |connection: &mut _| {
            snapshot(connection, |connection| read::ticket_lists::page(connection, &viewer, &filter))
        };
        self.0.reader.run(read).await
    }

    /// A ticket as it stands in the viewer's list; `None` if it is missing or they may not see it.
    pub async fn ticket_overview(
        &self,
        viewer: &Viewer,
        id: TicketId,
    ) -> Result<Option<TicketOverview>, StoreError> {
        let viewer = viewer.clone();
        let read = move |connection: &mut _| {
            snapshot(connection, |connection| read::ticket_lists::ticket(connection, &viewer, id))
        };
        self.0.reader.run(read).await
    }

    /// A ticket, and how far everyone has read the streams of it that the viewer sees.
    pub async fn ticket_and_receipts(
        &self,
        viewer: &Viewer,
        id: TicketId,
    ) -> Result<Option<(Ticket, Vec<Receipt>)>, StoreError> {
        let viewer = viewer.clone();
        let read = move |connection: &mut _| {
            snapshot(connection, |connection| {
                let Some(ticket) = read::tickets::visible_ticket(connection, &viewer, id)? else {
                    return Ok(None);
                };
                let receipts = read::receipts::visible(connection, &viewer, id)?;
                Ok(Some((ticket, receipts)))
            })
        };
        self.0.reader.run(read).await
    }

    /// When users were seen last, of those whom the viewer may know.
    pub async fn last_seen(
        &self,
        viewer: &Viewer,
        ids: Vec<UserId>,
    ) -> Result<Vec<(UserId, Option<Timestamp>)>, StoreError> {
        let viewer = viewer.clone();
        let read = move |connection: &mut _| {
            snapshot(connection, |connection| read::statuses::last_seen(connection, &viewer, &ids))
        };
        self.0.reader.run(read).await
    }

    /// For each user, with whom they share a ticket that is not closed; at most `limit` of each.
    pub async fn acquaintances(
        &self,
        users: Vec<UserId>,
        limit: usize,
    ) -> Result<Vec<Acquaintances>, StoreError> {
        let read = move |connection: &mut _| {
            users.iter().map(|user| read::statuses::acquaintances(connection, user, limit)).collect()
        };
        self.0.reader.run(read).await
    }

    /// How many tickets a queue holds.
    pub async fn queue_length(&self, filter: QueueFilter) -> Result<i64, StoreError> {
        self.0.reader.run(move |connection| read::queue::length(connection, &filter)).await
    }

    /// Tickets as they are now, as agents see them; those that do not exist are left out.
    pub async fn tickets_now(&self, ids: Vec<TicketId>) -> Result<Vec<Ticket>, StoreError> {
        let read = move |connection: &mut _| {
            snapshot(connection, |connection| read::queue::tickets_now(connection, &ids))
        };
        self.0.reader.run(read).await
    }

    /// The oldest open tickets that nobody takes care of.
    pub async fn waiting_tickets(&self, limit: usize) -> Result<Vec<TicketId>, StoreError> {
        self.0.reader.run(move |connection| read::queue::waiting(connection, limit)).await
    }

    /// Tickets behind `after` that were reopened and whose assignee was not seen since `away_since`, and open
    /// ones of agents who were erased.
    pub async fn deserted_tickets(
        &self,
        away_since: Timestamp,
        after: TicketId,
        limit: usize,
    ) -> Result<Vec<(TicketId, UserId)>, StoreError> {
        let read = move |connection: &mut _| read::queue::deserted(connection, away_since, after, limit);
        self.0.reader.run(read).await
    }

    /// A page of the viewer's own notifications, newest first, and how many they have not read in all.
    pub async fn notifications(
        &self,
        viewer: &Viewer,
        page: NotificationPage,
    ) -> Result<(Vec<Notification>, u64), StoreError> {
        let viewer = viewer.clone();
        let read = move |connection: &mut _| {
            snapshot(connection, |connection| read::notifications::page(connection, &viewer, page))
        };
        self.0.reader.run(read).await
    }

    /// Who has more notifications than are kept, among those who got one after `after`; looks at a
    /// bounded number of them.
    pub async fn notification_surplus(
        &self,
        after: NotificationId,
    ) -> Result<NotificationSurplus, StoreError> {
        let kept = self.0.bounds.notifications;
        self.0.reader.run(move |connection| read::notifications::surplus(connection, after, kept)).await
    }

    /// The canned responses that a user may use: the shared ones and their own, by shortcut.
    pub async fn canned_responses(&self, user: &UserId) -> Result<Vec<CannedResponse>, StoreError> {
        let user = user.clone();
        self.0.reader.run(move |connection| read::canned_responses::usable(connection, &user)).await
    }

    /// Whether there are no tickets at all.
    pub async fn is_empty(&self) -> Result<bool, StoreError> {
        self.0.reader.run(read::tickets::is_empty).await
    }
}
