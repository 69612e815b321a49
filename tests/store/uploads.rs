//! Uploaded files in the store: whose they are, how long they wait, and that one message gets each.

use std::time::Duration;

use deskwire::{
    blobs::{Blobs, Stored},
    domain::{AttachmentId, TicketId, Timestamp, User, attachment::UNSENT_FOR},
    guard::{AllowedTypes, files::attachment},
    store::{
        Conflict, NewAttachment, NewMessage, SentMessage, Upload, WriteError,
        changes::{AddUpload, DeleteUnsentUploads},
    },
};

use crate::{messages::send_in_one_batch, support::*};

/// A file on disk that no row names.
async fn stored(world: &World, number: u128) -> Stored {
    let blobs = Blobs::open(&world.place.dir.path().join("attachments")).unwrap();
    let file = attachment::check("a.txt", "text", &AllowedTypes::default(), 100, 100).unwrap();
    blobs.put(file, AttachmentId::from_random(number)).await.unwrap()
}

async fn add(world: &World, user: User, ticket_id: TicketId, number: u128) -> Result<(), WriteError> {
    let add = AddUpload { ticket_id, stored: stored(world, number).await };
    world.change(user, add).await.map(|it| it.done)
}

async fn find(world: &World, user: &User, ticket: TicketId, number: u128) -> Option<Upload> {
    let ids = vec![AttachmentId::from_random(number)];
    world.store.uploads(&user.id, ticket, ids).await.unwrap().pop()
}

fn carrying(ticket: TicketId, user: User, text: &str, uploads: &[&Upload]) -> NewMessage {
    let attachments = uploads.iter().map(|&it| NewAttachment::Uploaded(it.clone())).collect();
    NewMessage { attachments, ..message(ticket, user, text) }
}

async fn forget(world: &World, before: Timestamp) -> Vec<AttachmentId> {
    world.by_server(DeleteUnsentUploads { before }).await.unwrap().done
}

on_each_database! {
    async fn a_file_is_noted_for_who_sees_the_ticket_and_found_by_them_alone(world) {
        let (ticket, other) = (world.open().await, world.open().await);
        assert_eq!(add(&world, ada(), ticket, 1).await, Ok(()));
        assert_eq!(add(&world, ada(), ticket, 1).await, Ok(()), "doing it again changes nothing");
        assert_eq!(add(&world, zoe(), ticket, 2).await, Err(WriteError::NotFound));
        assert_eq!(add(&world, ada(), TicketId(999), 3).await, Err(WriteError::NotFound));
        let found = find(&world, &ada(), ticket, 1).await.unwrap();
        assert_eq!((found.shown().name.as_str(), found.shown().size, found.sha256().len()), ("a.txt", 4, 32));
        for (user, ticket, number) in [(&bob(), ticket, 1), (&ada(), other, 1), (&zoe(), ticket, 2), (&ada(), ticket, 4)] {
            assert_eq!(find(&world, user, ticket, number).await, None);
        }
        let named = world.store.named_attachments((1..5).map(AttachmentId::from_random).collect()).await.unwrap();
        assert_eq!(named.len(), 1, "its file is kept");
    }

    async fn in_one_batch_the_first_message_gets_a_file_and_a_retry_of_it_is_answered(world) {
        let ticket = world.open().await;
        add(&world, ada(), ticket, 1).await.unwrap();
        add(&world, ada(), ticket, 2).await.unwrap();
        let (one, two) = (find(&world, &ada(), ticket, 1).await.unwrap(), find(&world, &ada(), ticket, 2).await.unwrap());
        let keyed = || NewMessage { client_message_id: key("k"), ..carrying(ticket, ada(), "first", &[&one]) };
        let outcomes = send_in_one_batch(&world, vec![
            carrying(ticket, bob(), "not his", &[&one]),
            carrying(ticket, ada(), "twice", &[&two, &two]),
            keyed(),
            keyed(),
            carrying(ticket, ada(), "late", &[&two, &one]),
            carrying(ticket, ada(), "other", &[&two]),
        ]).await;
        let errors: Vec<Option<WriteError>> = outcomes.iter().map(|it| it.as_ref().err().cloned()).collect();
        let refused = |place| Some(WriteError::UploadNotFound(place));
        assert_eq!(errors, [refused(0), refused(1), None, None, refused(1), None]);
        assert!(matches!(outcomes[3], Ok(SentMessage { duplicate: true, .. })));
        // It is found as a message's now, for the retry's digest; and not to be sent again.
        assert_eq!(find(&world, &ada(), ticket, 1).await, Some(one.clone()));
        assert!(world.send(keyed()).await.unwrap().1);
        let again = world.send(carrying(ticket, ada(), "again", &[&one])).await;
        assert_eq!(again.unwrap_err(), WriteError::UploadNotFound(0));
        let attachment = world.store.attachment(&viewer(&bob()), one.id()).await.unwrap().unwrap();
        assert_eq!((attachment.0, attachment.1.as_deref()), (one.shown().clone(), Some(one.sha256())));
    }

    async fn a_file_waits_for_an_hour_and_not_longer(world) {
        let ticket = world.open().await;
        let clock = world.place.options.clock.clone();
        let start = clock.now();
        add(&world, ada(), ticket, 1).await.unwrap();
        clock.set(start.after(Duration::from_secs(60)));
        add(&world, ada(), ticket, 2).await.unwrap();
        let (one, two) = (find(&world, &ada(), ticket, 1).await.unwrap(), find(&world, &ada(), ticket, 2).await.unwrap());

        clock.set(start.after(UNSENT_FOR));
        let late = world.send(carrying(ticket, ada(), "late", &[&one])).await;
        assert_eq!(late.unwrap_err(), WriteError::UploadNotFound(0), "also before it is forgotten");
        assert_eq!(forget(&world, Timestamp(start.0 - 1)).await, []);
        assert_eq!(forget(&world, start).await, [one.id().clone()]);
        assert_eq!(forget(&world, start).await, [], "once");
        assert_eq!(find(&world, &ada(), ticket, 1).await, None);

        clock.set(Timestamp(start.after(Duration::from_secs(60)).after(UNSENT_FOR).0 - 1));
        world.send(carrying(ticket, ada(), "just in time", &[&two])).await.unwrap();
        assert_eq!(forget(&world, Timestamp(i64::MAX)).await, [], "what a message carries is not forgotten");
    }

    async fn a_user_has_a_bounded_number_that_wait(world) {
        let ticket = world.open().await;
        for number in 0..50 {
            add(&world, ada(), ticket, number).await.unwrap();
        }
        assert!(matches!(add(&world, ada(), ticket, 50).await, Err(WriteError::Conflict(Conflict::State(_)))));
        add(&world, bob(), ticket, 51).await.unwrap();
        assert_eq!(forget(&world, Timestamp(i64::MAX)).await.len(), 51);
        add(&world, ada(), ticket, 52).await.unwrap();
    }

    async fn a_ticket_cannot_begin_with_what_was_uploaded_to_another(world) {
        let ticket = world.open().await;
        add(&world, ada(), ticket, 1).await.unwrap();
        let upload = find(&world, &ada(), ticket, 1).await.unwrap();
        let mut new = new_ticket();
        new.message = Some(carrying(ticket, ada(), "first", &[&upload]));
        assert_eq!(world.create(new).await.unwrap_err(), WriteError::UploadNotFound(0));
        world.send(carrying(ticket, ada(), "here", &[&upload])).await.unwrap();
    }
}
