//! Who may not change messages or react to them, and what they must not learn by trying.

use deskwire::domain::Rate;
use serde_json::Value;

use crate::messages::editing::{edit, page};
use crate::{harness::*, on_each_database};

on_each_database! {
    async fn a_message_that_is_hidden_is_missing_whatever_is_done_to_it(database) {
        let app = TestApp::start(database).await;
        let (mut casey, mut alex) = (app.customer("casey").await, app.agent("alex").await);
        let mut robin = app.customer("robin").await;
        let ticket = casey.create_ticket("Help").await;
        casey.join(&ticket).await;
        let public = casey.say(&ticket, "mine").await;
        let note = json!({ "ticketId": ticket, "message": "note", "visibility": "internal" });
        let note = alex.ok("send_message", note).await["message"].clone();

        for (command, with) in [
            ("edit_message", json!({ "message": "x" })),
            ("edit_message", json!({ "message": "" })),
            ("edit_message", json!({ "message": "x".repeat(10_001) })),
            ("delete_message", json!({})),
            ("add_reaction", json!({ "emoji": "👍" })),
            ("add_reaction", json!({ "emoji": "no emoji" })),
            ("remove_reaction", json!({ "emoji": "👍" })),
        ] {
            let of = |id: &Value| {
                let mut data = with.clone();
                data["messageId"] = id.clone();
                data
            };
            let missing = robin.refused(command, of(&json!("999999"))).await;
            assert_eq!((&missing["code"], &missing["field"]), (&json!("not_found"), &json!("messageId")), "{command}");
            assert_eq!(robin.refused(command, of(&public["id"])).await, missing, "{command} of a stranger");
            assert_eq!(robin.refused(command, of(&note["id"])).await, missing, "{command} of a stranger");
            assert_eq!(casey.refused(command, of(&note["id"])).await, missing, "{command} of an internal note");
            for (client, id) in [(&mut casey, "999999"), (&mut alex, "999999")] {
                assert_eq!(client.refused(command, of(&json!(id))).await, missing, "{command}");
            }
        }
        let seen = page(&mut alex, &ticket).await;
        assert_eq!((&seen["messages"][0]["message"], &seen["messages"][1]["message"]), (&json!("mine"), &json!("note")));
    }
}

on_each_database! {
    async fn what_is_done_to_an_internal_note_never_reaches_a_customer(database) {
        let app = TestApp::start(database).await;
        let (mut casey, mut alex, mut ari) =
            (app.customer("casey").await, app.agent("alex").await, app.agent("ari").await);
        let ticket = casey.create_ticket("Help").await;
        let joined = casey.join(&ticket).await;
        ari.join(&ticket).await;
        let note = json!({ "ticketId": ticket, "message": "note", "visibility": "internal" });
        let note = alex.ok("send_message", note).await["message"].clone();

        alex.ok("edit_message", edit(&note, "secret")).await;
        alex.ok("add_reaction", json!({ "messageId": note["id"], "emoji": "👍" })).await;
        alex.ok("remove_reaction", json!({ "messageId": note["id"], "emoji": "👍" })).await;
        alex.ok("delete_message", json!({ "messageId": note["id"] })).await;
        for (event, seq) in [("message_edited", 2), ("reaction_added", 3), ("reaction_removed", 4), ("message_deleted", 5)] {
            let data = ari.event(event).await;
            assert_eq!((&data["stream"], &data["seq"]), (&json!("internal"), &json!(seq)), "{event}");
        }
        let seen = app.customer("casey").await.join(&ticket).await["ticket"].clone();
        assert_eq!(seen["updatedAt"], joined["ticket"]["updatedAt"], "nor can they tell that it happened");
        casey.say(&ticket, "public").await;
        assert_eq!(casey.event("new_message").await["seq"], 1);
        assert!(casey.all_kept().iter().all(|frame| frame["data"]["stream"] != "internal"), "{:?}", casey.all_kept());
        let since = json!({ "ticketId": ticket, "since": { "public": 0 }, "epoch": joined["epoch"] });
        let again = app.customer("casey").await.ok("join_ticket", since).await;
        assert_eq!(again["replaying"], 1);
        assert_eq!(page(&mut casey, &ticket).await["total"], 1);
    }
}

#[tokio::test]
async fn changes_are_charged_to_the_class_of_messages_and_emojis_to_their_own() {
    let few = Rate { per_second: 0.01, burst: 3 };
    let app = TestApp::with(Database::Sqlite, |settings| settings.limits.message = few).await;
    let mut casey = app.customer("casey").await;
    let ticket = casey.create_ticket("Help").await;
    let sent = casey.say(&ticket, "one").await;
    casey.ok("edit_message", edit(&sent, "two")).await;
    casey.ok("edit_message", edit(&sent, "three")).await;
    for (command, data) in [("edit_message", edit(&sent, "four")), ("delete_message", edit(&sent, ""))] {
        assert_eq!(casey.refused(command, data).await["code"], "rate_limited", "{command}");
    }
    let react = json!({ "messageId": sent["id"], "emoji": "👍" });
    casey.ok("add_reaction", react.clone()).await;

    let app = TestApp::with(Database::Sqlite, |settings| settings.limits.reaction = few).await;
    let mut casey = app.customer("casey").await;
    let ticket = casey.create_ticket("Help").await;
    let sent = casey.say(&ticket, "one").await;
    let react = json!({ "messageId": sent["id"], "emoji": "👍" });
    casey.ok("add_reaction", react.clone()).await;
    casey.ok("remove_reaction", react.clone()).await;
    casey.ok("add_reaction", react.clone()).await;
    for command in ["add_reaction", "remove_reaction"] {
        assert_eq!(casey.refused(command, react.clone()).await["code"], "rate_limited", "{command}");
    }
    casey.ok("edit_message", edit(&sent, "two")).await;
}

on_each_database! {
    async fn who_left_the_ticket_does_not_change_what_they_wrote(database) {
        let app = TestApp::start(database).await;
        let (mut robin, mut alex) = (app.customer("robin").await, app.agent("alex").await);
        app.customer("casey").await;
        let data = json!({ "subject": "Help", "requesterId": "casey", "participants": ["robin"] });
        let ticket = alex.ok("create_ticket", data).await["ticket"]["id"].as_str().unwrap().to_owned();
        let sent = robin.say(&ticket, "hi").await;
        app.execute_sql("DELETE FROM participants");
        let mut again = app.customer("robin").await;
        for (command, data) in [
            ("edit_message", edit(&sent, "x")),
            ("delete_message", edit(&sent, "")),
            ("add_reaction", json!({ "messageId": sent["id"], "emoji": "👍" })),
        ] {
            assert_eq!(again.refused(command, data).await["code"], "not_found", "{command}");
        }
    }
}
