//! A store with a few people in it, and short ways to write to it.

use std::sync::Arc;

use deskwire::{
    domain::{
        Bounds, ClientKey, Clock, LogEntry, LogEvent, Message, MessageId, Notification, Policy, Priority,
        Role, Stream, Ticket, TicketId, Timestamp, User, UserEvent, UserId, Viewer,
    },
    guard::{ContentDigest, Digest, DigestKey, PlainText, Sanitised},
    store::{
        Busy, Change, Committed, Database, Durability, Effects, NewMessage, NewTicket, Pending, SaveUser,
        SentMessage, Store, StoreOptions, WriteError, Writer,
    },
};
use diesel::{Connection, SqliteConnection, connection::SimpleConnection};
use tempfile::TempDir;

use crate::postgres::TestDatabase;

/// Where a test's database is.
pub struct Place {
    pub options: StoreOptions,
    pub postgres: Option<TestDatabase>,
    pub dir: TempDir,
}

impl Place {
    pub fn sqlite() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let database = Database::Sqlite(dir.path().join("new folder/deskwire.db"));
        Self { options: options(database), postgres: None, dir }
    }

    pub fn postgres() -> Option<Self> {
        let postgres = TestDatabase::create()?;
        let dir = tempfile::tempdir().unwrap();
        Some(Self {
            options: options(Database::Postgres(postgres.url.clone())),
            postgres: Some(postgres),
            dir,
        })
    }
}

impl Place {
    /// Runs a statement, behind the store's back.
    pub fn execute(&self, sql: &str) {
        match (&self.postgres, &self.options.database) {
            (Some(postgres), _) => postgres.execute(sql),
            (None, Database::Sqlite(path)) => {
                let mut connection = SqliteConnection::establish(path.to_str().unwrap()).unwrap();
                connection.batch_execute("PRAGMA busy_timeout = 10000").unwrap();
                connection.batch_execute(sql).unwrap();
            }
            (None, Database::Postgres(_)) => unreachable!(),
        }
    }
}

fn options(database: Database) -> StoreOptions {
    let clock = Clock::fixed(Timestamp(1_000));
    StoreOptions {
        database,
        durability: Durability::Full,
        read_connections: 3,
        clock,
        policy: Policy::default(),
        bounds: Bounds::default(),
    }
}

pub fn run<F: Future<Output = ()>>(place: Place, body: impl FnOnce(World) -> F) {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    runtime.block_on(async {
        body(World::new(place).await).await;
    });
}

/// What a write came to, and what others are told of.
pub type Written<D> = Result<Committed<D, Effects>, WriteError>;

/// An open store with a running writer, and everyone saved.
pub struct World {
    pub place: Place,
    pub store: Store,
    pub writer: Writer<Effects>,
}

/// A writer that answers with the effects.
pub fn start_writer(store: &Store) -> Writer<Effects> {
    store.writer(|results| results.iter().map(|result| result.clone().unwrap_or_default()).collect()).unwrap()
}

/// What becomes of a submission, for which there was room.
pub async fn settled<D>(submission: impl Future<Output = Result<Pending<D, Effects>, Busy>>) -> Written<D> {
    submission.await.expect("the queue has room").await
}

impl World {
    pub async fn on_sqlite() -> Self {
        Self::new(Place::sqlite()).await
    }

    pub async fn on_postgres() -> Option<Self> {
        Some(Self::new(Place::postgres()?).await)
    }

    pub async fn new(place: Place) -> Self {
        let store = Store::open(&place.options).unwrap();
        let writer = start_writer(&store);
        let world = Self { place, store, writer };
        for user in [ada(), bob(), zoe(), amy(), root()] {
            world.save(user).await;
        }
        world
    }

    pub async fn save(&self, user: User) {
        self.save_user(SaveUser { user, email: None }).await.unwrap();
    }

    pub async fn save_user(&self, save: SaveUser) -> Result<(), WriteError> {
        settled(self.writer.save_user(save)).await.map(|it| it.done)
    }

    /// A change by someone.
    pub async fn change<C: Change>(&self, actor: User, change: C) -> Written<C::Done> {
        settled(self.writer.submit(Some(actor), change)).await
    }

    /// A change by the server itself.
    pub async fn by_server<C: Change>(&self, change: C) -> Written<C::Done> {
        settled(self.writer.submit(None, change)).await
    }

    /// Opens a ticket of Ada's in which Bob takes part.
    pub async fn open(&self) -> TicketId {
        self.create(new_ticket()).await.unwrap().0.id
    }

    pub async fn create(&self, new: NewTicket) -> Result<(Ticket, Option<Arc<Message>>, bool), WriteError> {
        let created = settled(self.writer.create_ticket(new)).await?.done;
        Ok((*created.ticket, created.message, created.duplicate))
    }

    pub async fn send(&self, new: NewMessage) -> Result<(Arc<Message>, bool), WriteError> {
        let sent = self.sent(new).await?.done;
        Ok((sent.message, sent.duplicate))
    }

    /// Sends, and gives what others are told of as well.
    pub async fn sent(&self, new: NewMessage) -> Written<SentMessage> {
        settled(self.writer.send_message(new)).await
    }

    /// Sends and gives the id.
    pub async fn say(&self, ticket: TicketId, sender: User, stream: Stream, text: &str) -> MessageId {
        self.send(NewMessage { stream, ..message(ticket, sender, text) }).await.unwrap().0.id
    }
}

fn user(id: &str, name: &str, role: Role) -> User {
    User { id: UserId::new(id).unwrap(), name: name.to_owned(), role }
}

/// The customer whose ticket it is.
pub fn ada() -> User {
    user("ada", "Ada", Role::Customer)
}

/// A customer who takes part in it.
pub fn bob() -> User {
    user("bob", "Bob", Role::Customer)
}

/// A customer who does not.
pub fn zoe() -> User {
    user("zoe", "Zoe", Role::Customer)
}

/// An agent.
pub fn amy() -> User {
    user("amy", "Amy", Role::Agent)
}

/// An admin.
pub fn root() -> User {
    user("root", "Root", Role::Admin)
}

pub fn viewer(user: &User) -> Viewer {
    Viewer { id: user.id.clone(), role: user.role }
}

pub fn digest(text: &str) -> ContentDigest {
    Digest::new(&DigestKey::derive(b"test")).part(text.as_bytes()).finish()
}

pub fn key(text: &str) -> Option<ClientKey> {
    Some(ClientKey::new(text).unwrap())
}

pub fn message(ticket_id: TicketId, sender: User, text: &str) -> NewMessage {
    NewMessage {
        ticket_id,
        sender,
        stream: Stream::Public,
        body: Sanitised::from_text(text),
        digest: digest(text),
        client_message_id: None,
        reply_to: None,
        attachments: Vec::new(),
        if_position: None,
        present: Vec::new(),
        mentions: Vec::new(),
    }
}

pub fn new_ticket() -> NewTicket {
    NewTicket {
        creator: viewer(&ada()),
        requester: ada().id,
        subject: PlainText::new("Printer on fire", 200).unwrap(),
        priority: Priority::Normal,
        participants: vec![bob().id],
        client_ticket_id: None,
        digest: digest("Printer on fire"),
        message: None,
    }
}

/// The notifications among the effects.
pub fn notifications(effects: &Effects) -> Vec<Notification> {
    let given = |event: &UserEvent| match event {
        UserEvent::Notified(notification) => Some(notification.clone()),
        _ => None,
    };
    effects.user_events.iter().filter_map(given).collect()
}

/// The messages of a log that holds nothing else.
pub fn messages_of(log: Vec<LogEntry>) -> Vec<Arc<Message>> {
    log.into_iter()
        .map(|entry| match entry.event {
            LogEvent::MessageSent(message) => message,
            other => panic!("{other:?}"),
        })
        .collect()
}
