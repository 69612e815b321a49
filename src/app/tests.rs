//! Tests of locking a user between the check of a token and the registration of the connection.

use std::{net::IpAddr, sync::Arc, time::Duration};

use actix::{Actor, Context, Handler};

use super::wiring::Wiring;
use crate::{
    auth::{ClaimNames, Signer},
    chat::{Chat, Outbox, RoomRegistry, Seat, Stop},
    config::Settings,
    domain::{Role, Secret, User, UserId},
    protocol::CloseCode,
    store::changes::{Bar, LockAccount},
};

const SECRET: &str = "Zq8vT1nXc5Rw2LkYh7Bd9JmGs4PfEu6A";

/// Connection without a socket.
struct Wire(Arc<Seat>);

impl Actor for Wire {
    type Context = Context<Self>;
}

impl Handler<Stop> for Wire {
    type Result = ();

    fn handle(&mut self, stop: Stop, _: &mut Self::Context) {
        if let Stop::Close(code) = stop {
            self.0.outbox.close(code);
        }
    }
}

fn chat(dir: &std::path::Path) -> Arc<Chat> {
    let mut settings = Settings::default();
    settings.storage.data_dir = dir.to_owned();
    settings.auth.jwt_secret = Some(Secret::new(SECRET));
    Wiring::open(&settings, crate::domain::Clock::system()).unwrap().chat
}

fn connect(chat: &Arc<Chat>) -> Arc<Seat> {
    let registry = RoomRegistry::new(
        &chat.bus,
        chat.store.clone(),
        Arc::clone(&chat.presence),
        Arc::clone(&chat.typing),
        Arc::clone(&chat.connections),
        Duration::from_secs(60),
    );
    let seat = Arc::new(Seat::new(Outbox::new(1_024), registry.start()));
    assert!(chat.connections.open(seat.id, Wire(Arc::clone(&seat)).start().recipient()));
    seat
}

async fn lock(chat: &Chat, user: &UserId, bar: Bar) {
    let root = User { id: UserId::new("root").unwrap(), name: "Root".into(), role: Role::Admin };
    chat.writer.write(Some(root), LockAccount { user: user.clone(), bar }).await.unwrap();
}

#[actix_web::test]
async fn a_user_locked_between_token_check_and_registration_stays_out() {
    let dir = tempfile::tempdir().unwrap();
    let chat = chat(dir.path());
    let signer = Signer::hs256(&Secret::new(SECRET), ClaimNames::default(), None);
    let address: IpAddr = [127, 0, 0, 1].into();
    for (name, bar, code) in [
        ("casey", Bar::RevokeTokens, CloseCode::Unauthenticated),
        ("dana", Bar::Disable, CloseCode::Disabled),
    ] {
        let user = UserId::new(name).unwrap();
        let ttl = Duration::from_secs(60);
        let token = signer.sign(&user, None, Role::Customer, ttl, chat.clock.now()).unwrap();
        let (new, renewed) = (connect(&chat), connect(&chat));
        let session = chat.authenticate(address, &token).await.unwrap();
        chat.seat(&renewed, &session).await.unwrap();
        let late = chat.authenticate(address, &token).await.unwrap();
        lock(&chat, &user, bar).await;
        // The lock found no connection of the user to close.
        for seat in [&new, &renewed] {
            assert_eq!(chat.seat(seat, &late).await.unwrap_err().close, Some(code), "{name}");
        }
        assert!(new.user().is_none() && chat.connections.seats(&user).iter().all(|it| it.id == renewed.id));
    }
    // The lock of another user costs one more query and nothing else.
    let erin = UserId::new("erin").unwrap();
    let token = signer.sign(&erin, None, Role::Customer, Duration::from_secs(60), chat.clock.now()).unwrap();
    let session = chat.authenticate(address, &token).await.unwrap();
    lock(&chat, &UserId::new("casey").unwrap(), Bar::RevokeTokens).await;
    let seat = connect(&chat);
    chat.seat(&seat, &session).await.unwrap();
    assert_eq!(seat.user().unwrap().id, erin);
}
