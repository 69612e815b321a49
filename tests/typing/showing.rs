//! Who types: told to the others, in the stream where they type.

use crate::rooms::announced;
use crate::{harness::*, on_each_database};

on_each_database! {
    async fn others_are_told_who_starts_and_stops_typing(database) {
        let app = TestApp::start(database).await;
        let (mut casey, mut alex) = (app.customer("casey").await, app.agent("alex").await);
        let mut also_casey = app.customer("casey").await;
        let ticket = casey.create_ticket("Help").await;
        for member in [&mut casey, &mut also_casey, &mut alex] {
            member.join(&ticket).await;
        }
        let typing = json!({ "ticketId": ticket, "userId": "casey", "userName": "Casey" });

        casey.ok("typing_start", json!({ "ticketId": ticket })).await;
        assert_eq!(alex.event("user_typing").await, typing);
        casey.ok("typing_stop", json!({ "ticketId": ticket })).await;
        assert_eq!(alex.event("user_stopped_typing").await, typing);

        for name in ["user_typing", "user_stopped_typing"] {
            assert!(announced(&mut casey, &mut alex, &ticket, name).await.is_empty(), "{name}");
            assert!(announced(&mut also_casey, &mut alex, &ticket, name).await.is_empty(), "{name}");
        }
    }
}

on_each_database! {
    async fn typing_that_goes_on_is_told_once_and_stops_once(database) {
        let app = TestApp::start(database).await;
        let (mut casey, mut alex) = (app.customer("casey").await, app.agent("alex").await);
        let mut also_casey = app.customer("casey").await;
        let ticket = casey.create_ticket("Help").await;
        for member in [&mut casey, &mut also_casey, &mut alex] {
            member.join(&ticket).await;
        }

        for _ in 0..5 {
            casey.ok("typing_start", json!({ "ticketId": ticket })).await;
            also_casey.ok("typing_start", json!({ "ticketId": ticket })).await;
        }
        assert_eq!(announced(&mut alex, &mut app.agent("ari").await, &ticket, "user_typing").await.len(), 1);
        casey.ok("typing_stop", json!({ "ticketId": ticket })).await;
        let stopped = announced(&mut alex, &mut app.agent("ari").await, &ticket, "user_stopped_typing").await;
        assert!(stopped.is_empty(), "the other connection still types");
        for _ in 0..3 {
            also_casey.ok("typing_stop", json!({ "ticketId": ticket })).await;
        }
        let stopped = announced(&mut alex, &mut app.agent("ari").await, &ticket, "user_stopped_typing").await;
        assert_eq!(stopped.len(), 1);
    }
}

on_each_database! {
    async fn internal_typing_is_told_to_agents_only(database) {
        let app = TestApp::start(database).await;
        let (mut casey, mut alex, mut ari) =
            (app.customer("casey").await, app.agent("alex").await, app.agent("ari").await);
        let ticket = casey.create_ticket("Help").await;
        for member in [&mut casey, &mut alex, &mut ari] {
            member.join(&ticket).await;
        }
        let internal = json!({ "ticketId": ticket, "visibility": "internal" });

        alex.ok("typing_start", internal.clone()).await;
        assert_eq!(ari.event("user_typing").await["userId"], "alex");
        alex.ok("typing_stop", internal).await;
        assert_eq!(ari.event("user_stopped_typing").await["userId"], "alex");
        for name in ["user_typing", "user_stopped_typing"] {
            assert!(announced(&mut casey, &mut alex, &ticket, name).await.is_empty(), "{name}");
        }
    }
}

on_each_database! {
    async fn who_writes_a_note_and_an_answer_is_seen_by_customers_at_the_answer_alone(database) {
        let app = TestApp::start(database).await;
        let (mut casey, mut alex, mut ari) =
            (app.customer("casey").await, app.agent("alex").await, app.agent("ari").await);
        let ticket = casey.create_ticket("Help").await;
        for member in [&mut casey, &mut alex, &mut ari] {
            member.join(&ticket).await;
        }
        let typing = json!({ "ticketId": ticket, "visibility": "internal" });
        alex.ok("typing_start", typing).await;
        ari.event("user_typing").await;
        // Sending ends it, and so does going.
        let note = json!({ "ticketId": ticket, "message": "a note", "visibility": "internal" });
        alex.ok("send_message", note.clone()).await;
        ari.event("user_stopped_typing").await;
        for name in ["user_typing", "user_stopped_typing", "new_message"] {
            assert!(announced(&mut casey, &mut ari, &ticket, name).await.is_empty(), "{name}");
        }
        alex.ok("typing_start", json!({ "ticketId": ticket })).await;
        ari.event("user_typing").await;
        casey.event("user_typing").await;
        alex.ok("send_message", note).await;
        alex.ok("leave_ticket", json!({ "ticketId": ticket })).await;
        casey.event("user_stopped_typing").await;
    }
}

on_each_database! {
    async fn typing_and_leaving_need_a_joined_room(database) {
        let app = TestApp::start(database).await;
        let mut casey = app.customer("casey").await;
        let ticket = casey.create_ticket("Help").await;

        for command in ["typing_start", "typing_stop", "leave_ticket"] {
            let error = casey.refused(command, json!({ "ticketId": ticket })).await;
            assert_eq!((&error["code"], &error["field"]), (&json!("not_joined"), &json!("ticketId")), "{command}");
        }
        casey.join(&ticket).await;
        casey.ok("leave_ticket", json!({ "ticketId": ticket })).await;
        for command in ["typing_start", "typing_stop", "leave_ticket"] {
            assert_eq!(casey.refused(command, json!({ "ticketId": ticket })).await["code"], "not_joined", "{command}");
        }
    }
}
