//! Demo data for the first start: two small tickets, and links that sign in.
//!
//! Owns the content of the tickets and the two users. Does not run with real keys: the development secret
//! exists only on servers that listen on a loopback address.

use std::{net::SocketAddr, time::Duration};

use super::{AppError, wiring::claim_names};
use crate::{
    auth::Signer,
    chat::Chat,
    config::Settings,
    domain::{Bounds, Priority, Role, Secret, Stream, TicketId, User, UserId},
    guard::{Digest, PlainText, Sanitised},
    store::{Busy, NewMessage, NewTicket, Pending, SaveUser},
};

/// Lifetime of the token in a printed link.
const TTL: Duration = Duration::from_secs(7 * 24 * 60 * 60);

/// Links that open the example client, signed in.
#[derive(Clone, Debug)]
pub struct DemoLinks {
    /// Link for the customer of the demo tickets.
    pub customer: String,
    /// Link for an agent.
    pub agent: String,
}

pub(super) struct DemoTokens {
    customer: String,
    agent: String,
}

impl DemoTokens {
    pub(super) fn links(&self, settings: &Settings, address: SocketAddr) -> DemoLinks {
        let origin = settings.network.public_url.clone().unwrap_or_else(|| format!("http://{address}"));
        let link = |token: &str| format!("{}/#token={token}&ticket=1", origin.trim_end_matches('/'));
        DemoLinks { customer: link(&self.customer), agent: link(&self.agent) }
    }
}

/// Users of the demo.
struct Cast {
    customer: User,
    agent: User,
}

impl Cast {
    fn new() -> Option<Self> {
        let user = |id: &str, name: &str, role| {
            Some(User { id: UserId::new(id).ok()?, name: name.to_owned(), role })
        };
        Some(Self {
            customer: user("demo-customer", "Casey Customer", Role::Customer)?,
            agent: user("demo-agent", "Alex Agent", Role::Agent)?,
        })
    }
}

/// Signs the tokens, and fills an empty database if `demo` is set. `None` without the development secret.
pub(super) async fn prepare(
    chat: &Chat,
    settings: &Settings,
    key: Option<&Secret>,
) -> Result<Option<DemoTokens>, AppError> {
    let Some(key) = key else { return Ok(None) };
    let cast = Cast::new().ok_or(AppError::Demo)?;
    let signer = Signer::hs256(key, claim_names(settings), settings.auth.jwt_audience.clone());
    let now = chat.clock.now();
    let sign = |user: &User| {
        signer.sign(&user.id, Some(&user.name), user.role, TTL, now).map_err(|error| {
            tracing::error!(%error, "a demo token could not be signed");
            AppError::Demo
        })
    };
    let tokens = DemoTokens { customer: sign(&cast.customer)?, agent: sign(&cast.agent)? };
    if settings.wants_demo() && chat.store.is_empty().await.map_err(|_| AppError::Demo)? {
        fill(chat, &cast).await?;
    }
    Ok(Some(tokens))
}

async fn fill(chat: &Chat, cast: &Cast) -> Result<(), AppError> {
    for user in [&cast.customer, &cast.agent] {
        written(chat.writer.save_user(SaveUser { user: user.clone(), email: None }).await).await?;
    }
    let first = ticket(chat, cast, "Where is my order?").await?;
    say(chat, &cast.customer, first, Stream::Public, "Hi! My order from Monday has not arrived yet.").await?;
    say(chat, &cast.agent, first, Stream::Public, "Hello <b>Casey</b>, let me have a look.").await?;
    say(
        chat,
        &cast.agent,
        first,
        Stream::Internal,
        "The parcel is at the depot; customers cannot see this note.",
    )
    .await?;
    let second = ticket(chat, cast, "How do I export my data?").await?;
    say(chat, &cast.customer, second, Stream::Public, "Is there a way to get everything as a file?").await
}

async fn ticket(chat: &Chat, cast: &Cast, subject: &str) -> Result<TicketId, AppError> {
    let subject = PlainText::new(subject, Bounds::default().subject_chars).map_err(|_| AppError::Demo)?;
    let new = NewTicket {
        creator: cast.customer.viewer(),
        requester: cast.customer.id.clone(),
        digest: Digest::new(&chat.digest_key).part(subject.as_str().as_bytes()).finish(),
        subject,
        priority: Priority::Normal,
        participants: Vec::new(),
        client_ticket_id: None,
        message: None,
    };
    Ok(written(chat.writer.create_ticket(new).await).await?.ticket.id)
}

async fn say(
    chat: &Chat,
    sender: &User,
    ticket_id: TicketId,
    stream: Stream,
    html: &str,
) -> Result<(), AppError> {
    let message = NewMessage {
        ticket_id,
        sender: sender.clone(),
        stream,
        body: Sanitised::from_html(html),
        digest: Digest::new(&chat.digest_key).part(html.as_bytes()).finish(),
        client_message_id: None,
        reply_to: None,
        attachments: Vec::new(),
        if_position: None,
        present: Vec::new(),
        mentions: Vec::new(),
    };
    written(chat.writer.send_message(message).await).await.map(|_| ())
}

async fn written<D, P>(submitted: Result<Pending<D, P>, Busy>) -> Result<D, AppError> {
    let committed = submitted.map_err(|_| AppError::Demo)?.await;
    committed.map(|committed| committed.done).map_err(|_| AppError::Demo)
}
