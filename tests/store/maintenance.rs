//! Opening, migrating, copying.

use deskwire::{
    domain::{AttachmentId, LogEvent, Position, Role, Stream, TicketId, User, UserId, Visible},
    guard::PlainText,
    store::{
        Database, NewAttachment, NewMessage, OpenError, SaveUser, Store, StoreOptions, WriteError,
        changes::{AddParticipant, RateTicket},
        maintenance,
    },
};

use crate::support::*;

on_each_database! {
    async fn what_a_database_has_of_its_own_survives_reopening(world) {
        let (epoch, key) = (world.store.epoch().to_owned(), world.store.digest_key());
        let ticket = world.open().await;
        let options = close(world).await;
        let store = Store::open(&options.0).unwrap();
        assert_eq!((store.epoch(), store.digest_key()), (epoch.as_str(), key));
        assert!(store.position(&viewer(&ada()), ticket).await.unwrap().is_some());
    }

    async fn a_task_beside_a_server_writes_what_the_server_sees(world) {
        let ticket = world.open().await;
        let options = world.place.options.clone();
        let joe = User { id: UserId::new("joe").unwrap(), name: "Joe".to_owned(), role: Role::Customer };
        let (user, add) = (joe.clone(), AddParticipant { ticket_id: ticket, user_id: zoe().id });
        let adding = tokio::task::spawn_blocking(move || {
            let beside = Store::open_beside(&options).unwrap();
            let save = SaveUser { user, email: Some("joe@example.com".to_owned()) };
            beside.save_user_once(save).unwrap();
            let rate = |ticket_id| RateTicket { ticket_id, score: 5, comment: None };
            assert_eq!(beside.commit_once(Some(ada()), rate(TicketId(999))), Err(WriteError::NotFound));
            beside.commit_once(Some(amy()), add).unwrap()
        });
        world.say(ticket, ada(), Stream::Public, "of the server").await;
        assert_eq!(adding.await.unwrap(), zoe());

        assert_eq!(world.store.user(&joe.id).await.unwrap().unwrap().user, joe);
        world.say(ticket, ada(), Stream::Public, "of the server again").await;
        let log = world.store.events_after(ticket, Visible::Both, Position::default(), 10).await.unwrap();
        assert_eq!(log.iter().map(|entry| entry.seq).collect::<Vec<_>>(), [1, 2, 3]);
        assert!(log.iter().any(|entry| entry.event == LogEvent::ParticipantAdded(zoe())));
    }

    async fn a_task_refuses_tables_that_are_not_its_own(world) {
        let options = world.place.options.clone();
        world.place.execute("INSERT INTO __diesel_schema_migrations (version) VALUES ('99990101000000')");
        assert!(matches!(Store::open_beside(&options).unwrap_err(), OpenError::Newer));
        world.place.execute(
            "DELETE FROM __diesel_schema_migrations WHERE version = (SELECT max(version) FROM __diesel_schema_migrations)"
        );
        assert!(Store::open_beside(&options).is_ok());
        world.place.execute(
            "DELETE FROM __diesel_schema_migrations WHERE version = (SELECT max(version) FROM __diesel_schema_migrations)"
        );
        let refused = Store::open_beside(&options).unwrap_err();
        assert!(matches!(refused, OpenError::Outdated), "{refused:?}");
        assert!(refused.to_string().contains("deskwire migrate"), "{refused}");
    }

    async fn migrating_with_a_new_epoch_changes_it(world) {
        let (epoch, key) = (world.store.epoch().to_owned(), world.store.digest_key());
        let (options, _keep) = close(world).await;
        assert_eq!(maintenance::migrate(&options, false).unwrap(), epoch);
        let renamed = maintenance::migrate(&options, true).unwrap();
        assert_ne!(renamed, epoch);
        let store = Store::open(&options).unwrap();
        assert_eq!(store.epoch(), renamed);
        assert_eq!(store.digest_key(), key, "retries stay retries");
    }
}

/// Closes a store and waits until its lock is released.
async fn close(world: World) -> (StoreOptions, Place) {
    let World { place, store, writer } = world;
    drop(store);
    writer.close().await;
    (place.options.clone(), place)
}

fn sqlite(body: impl AsyncFnOnce(World)) {
    run(Place::sqlite(), |world| body(world));
}

fn path(world: &World) -> std::path::PathBuf {
    let Database::Sqlite(path) = &world.place.options.database else { panic!("not SQLite") };
    path.clone()
}

#[test]
fn a_task_makes_a_database_that_is_not_there() {
    for place in [Some(Place::sqlite()), Place::postgres()].into_iter().flatten() {
        let store = Store::open_beside(&place.options).unwrap();
        store.save_user_once(SaveUser { user: ada(), email: None }).unwrap();
        let epoch = store.epoch().to_owned();
        drop(store);
        assert_eq!(Store::open(&place.options).unwrap().epoch(), epoch);
    }
}

#[test]
fn two_servers_cannot_share_one_file() {
    sqlite(async |world| {
        let refused = Store::open(&world.place.options).unwrap_err();
        assert!(matches!(refused, OpenError::InUse(_)), "{refused:?}");
        assert!(refused.to_string().contains("in use by another deskwire process"), "{refused}");
        assert!(maintenance::migrate(&world.place.options, false).is_err());
        assert!(maintenance::new_epoch(&path(&world)).is_err());
        let (options, _place) = close(world).await;
        assert!(Store::open(&options).is_ok());
    });
}

#[test]
fn a_copy_made_while_writing_is_one_moment_of_the_log() {
    sqlite(async |world| {
        let ticket = world.open().await;
        let to = world.place.dir.path().join("copy.db");
        let options = world.place.options.clone();
        let copy = to.clone();
        world.say(ticket, ada(), Stream::Public, "0").await;
        let copying = tokio::task::spawn_blocking(move || maintenance::snapshot(&options, &copy).unwrap());
        let mut sent = 1;
        while !copying.is_finished() || sent < 100 {
            world.say(ticket, ada(), Stream::Public, &sent.to_string()).await;
            sent += 1;
        }
        copying.await.unwrap();
        assert!(maintenance::snapshot(&world.place.options, &to).is_err(), "never over another file");

        let options = StoreOptions { database: Database::Sqlite(to.clone()), ..world.place.options.clone() };
        let store = Store::open(&options).unwrap();
        assert_eq!(store.epoch(), world.store.epoch());
        let heads = store.position(&viewer(&ada()), ticket).await.unwrap().unwrap();
        let log = messages_of(
            store.events_after(ticket, Visible::Both, Position::default(), 100_000).await.unwrap(),
        );
        assert!(heads.public >= 1 && log.len() as i64 == heads.public);
        assert!(log.iter().zip(1..).all(|(message, n)| message.seq == n));
        drop(store);
        let epoch = maintenance::new_epoch(&to).unwrap();
        assert_ne!(epoch, world.store.epoch());
        assert_eq!(Store::open(&options).unwrap().epoch(), epoch);
    });
}

#[test]
fn the_files_that_rows_name_are_listed_without_links() {
    sqlite(async |world| {
        let ticket = world.open().await;
        let link = NewAttachment::Link {
            id: AttachmentId::from_random(1),
            name: PlainText::new("x", 9).unwrap(),
            url: "https://example.org".to_owned(),
        };
        world.send(NewMessage { attachments: vec![link], ..message(ticket, ada(), "x") }).await.unwrap();
        assert_eq!(maintenance::attachment_ids(&path(&world)).unwrap(), []);
        assert!(maintenance::attachment_ids(&path(&world).join("none")).is_err());
    });
}

#[test]
fn postgres_is_left_to_its_own_tools() {
    let options = StoreOptions {
        database: Database::Postgres("postgres://localhost/x".to_owned()),
        ..Place::sqlite().options
    };
    let refused = maintenance::snapshot(&options, std::path::Path::new("/nowhere/x")).unwrap_err();
    assert!(refused.to_string().contains("pg_dump") && refused.to_string().contains("--new-epoch"));
}
