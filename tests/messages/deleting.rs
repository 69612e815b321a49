//! Deleting messages.

use deskwire::domain::Role;
use serde_json::Value;

use super::editing::{let_a_day_pass, page, told};
use crate::{harness::*, on_each_database};

fn delete(message: &Value) -> Value {
    json!({ "messageId": message["id"] })
}

on_each_database! {
    async fn a_deleted_message_keeps_its_place_and_nothing_else(database) {
        let app = TestApp::start(database).await;
        let (mut casey, mut alex) = (app.customer("casey").await, app.agent("alex").await);
        let ticket = casey.create_ticket("Help").await;
        let joined = casey.join(&ticket).await;
        alex.join(&ticket).await;
        let sent = casey.say(&ticket, "my password is hunter2").await;
        casey.say(&ticket, "oops").await;
        alex.ok("add_reaction", json!({ "messageId": sent["id"], "emoji": "😱" })).await;

        let deleted = casey.ok("delete_message", delete(&sent)).await;
        assert_eq!((&deleted["ticketId"], &deleted["messageId"]), (&json!(ticket), &sent["id"]));
        for client in [&mut casey, &mut alex] {
            let event = client.event("message_deleted").await;
            assert_eq!(event, json!({ "ticketId": ticket, "stream": "public", "seq": 4, "messageId": sent["id"] }));
        }
        let seen = page(&mut alex, &ticket).await;
        assert_eq!(seen["total"], 2, "it is still counted");
        let message = &seen["messages"][0];
        assert_eq!((&message["id"], &message["seq"], &message["sender"]["id"]), (&sent["id"], &json!(1), &json!("casey")));
        assert_eq!((&message["message"], &message["reactions"]), (&json!(""), &json!([])));
        assert!(message["deletedAt"].is_string());
        assert_eq!(app.rows("reactions"), 0);
        assert_eq!(app.rows("messages WHERE reactions <> 0"), 0);

        let since = json!({ "ticketId": ticket, "since": { "public": 0 }, "epoch": joined["epoch"] });
        let mut again = app.customer("casey").await;
        assert_eq!(again.ok("join_ticket", since).await["replaying"], 4);
        assert_eq!(&again.event("new_message").await, message, "as it is now");
        assert_eq!(again.event("reaction_added").await["seq"], 3);
        assert_eq!(again.event("message_deleted").await["seq"], 4);
    }
}

on_each_database! {
    async fn deleting_again_succeeds_and_tells_nobody(database) {
        let app = TestApp::start(database).await;
        let mut casey = app.customer("casey").await;
        let ticket = casey.create_ticket("Help").await;
        casey.join(&ticket).await;
        let sent = casey.say(&ticket, "one").await;
        let first = casey.ok("delete_message", delete(&sent)).await;
        assert_eq!(casey.ok("delete_message", delete(&sent)).await, first);
        // The answer may have been lost for longer than a message may be deleted.
        let_a_day_pass(&app);
        assert_eq!(casey.ok("delete_message", delete(&sent)).await, first);
        assert_eq!(told(&mut casey, &ticket, "message_deleted").await.len(), 1);

        casey.send("delete_message", delete(&sent)).await;
        let reply = casey.event("message_deleted").await;
        assert_eq!(reply, json!({ "ticketId": ticket, "messageId": sent["id"] }), "told by name");
    }
}

on_each_database! {
    async fn without_an_ack_the_event_is_the_reply(database) {
        let app = TestApp::start(database).await;
        let mut casey = app.customer("casey").await;
        let ticket = casey.create_ticket("Help").await;
        let absent = casey.say(&ticket, "one").await;
        casey.send("delete_message", delete(&absent)).await;
        assert!(casey.event("message_deleted").await.get("seq").is_none(), "not joined: no event");

        casey.join(&ticket).await;
        let sent = casey.say(&ticket, "two").await;
        casey.send("delete_message", delete(&sent)).await;
        assert_eq!(casey.event("message_deleted").await["seq"], 4);
        assert!(told(&mut casey, &ticket, "message_deleted").await.is_empty());
    }
}

on_each_database! {
    async fn only_its_author_deletes_a_message_and_only_in_time_but_an_admin_always(database) {
        let app = TestApp::start(database).await;
        let (mut casey, mut alex) = (app.customer("casey").await, app.agent("alex").await);
        let mut root = app.connect("root", Role::Admin).await;
        let ticket = casey.create_ticket("Help").await;
        let (question, answer) = (casey.say(&ticket, "question").await, alex.say(&ticket, "answer").await);
        let early = alex.say(&ticket, "early").await;

        assert_eq!(casey.refused("delete_message", delete(&answer)).await["code"], "forbidden");
        assert_eq!(alex.refused("delete_message", delete(&question)).await["code"], "forbidden");
        alex.ok("delete_message", delete(&early)).await;
        assert_eq!(casey.refused("delete_message", delete(&early)).await["code"], "forbidden", "nor once it is gone");

        let_a_day_pass(&app);
        assert_eq!(casey.refused("delete_message", delete(&question)).await["code"], "forbidden");
        assert_eq!(alex.refused("delete_message", delete(&answer)).await["code"], "forbidden");
        root.ok("delete_message", delete(&question)).await;
        root.ok("delete_message", delete(&answer)).await;
        assert_eq!(app.rows("messages WHERE deleted_at IS NULL"), 0);
    }
}

on_each_database! {
    async fn agents_who_moderate_delete_what_customers_wrote_at_any_time(database) {
        let app = TestApp::with(database, |settings| {
            settings.policy.agents_may_delete = true;
            settings.policy.delete_window_ms = 200_000_000;
        }).await;
        let (mut casey, mut alex, mut ari) =
            (app.customer("casey").await, app.agent("alex").await, app.agent("ari").await);
        let ticket = casey.create_ticket("Help").await;
        let (rude, answer) = (casey.say(&ticket, "rude").await, alex.say(&ticket, "answer").await);
        let slow = casey.say(&ticket, "slow").await;
        let_a_day_pass(&app);

        alex.ok("delete_message", delete(&rude)).await;
        assert_eq!(ari.refused("delete_message", delete(&answer)).await["code"], "forbidden", "a colleague's");
        assert_eq!(casey.refused("delete_message", delete(&answer)).await["code"], "forbidden");
        assert_eq!(alex.refused("edit_message", json!({ "messageId": slow["id"], "message": "x" })).await["code"], "forbidden");
        casey.ok("delete_message", delete(&slow)).await;
    }
}

on_each_database! {
    async fn what_was_attached_is_neither_shown_nor_fetched_any_more(database) {
        let app = TestApp::start(database).await;
        let (mut casey, mut alex) = (app.customer("casey").await, app.agent("alex").await);
        let ticket = casey.create_ticket("Help").await;
        let attachments = json!([
            { "name": "a.txt", "data": "c2VjcmV0" },
            { "name": "site", "url": "https://example.org/secret" },
        ]);
        let data = json!({ "ticketId": ticket, "message": "look", "attachments": attachments, "clientMessageId": "k" });
        let sent = casey.ok("send_message", data.clone()).await["message"].clone();
        let url = sent["attachments"][0]["url"].as_str().unwrap();
        let tokens = [app.token("casey", Role::Customer), app.token("alex", Role::Agent)];
        for token in &tokens {
            assert_eq!(http::get_with_token(app.address, url, token).await.status, 200);
        }
        casey.ok("delete_message", delete(&sent)).await;
        for token in &tokens {
            let answer = http::get_with_token(app.address, url, token).await;
            assert_eq!(answer.status, 404);
            let missing = http::get_with_token(app.address, "/api/attachments/0123456789abcdef0123456789abcdef", token).await;
            assert_eq!(answer.body, missing.body, "as if it had never been there");
        }
        for client in [&mut casey, &mut alex] {
            assert_eq!(page(client, &ticket).await["messages"][0]["attachments"], json!([]));
        }
        let retry = casey.ok("send_message", data).await;
        assert_eq!((&retry["duplicate"], &retry["message"]["attachments"]), (&json!(true), &json!([])));
    }
}

on_each_database! {
    async fn an_answer_to_a_deleted_message_shows_only_which_it_was(database) {
        let app = TestApp::start(database).await;
        let (mut casey, mut alex) = (app.customer("casey").await, app.agent("alex").await);
        let ticket = casey.create_ticket("Help").await;
        let joined = casey.join(&ticket).await;
        let sent = casey.say(&ticket, "hunter2").await;
        casey.ok("edit_message", json!({ "messageId": sent["id"], "message": "hunter3" })).await;
        casey.ok("delete_message", delete(&sent)).await;
        // Whoever answers may not know yet that it is gone.
        let data = json!({ "ticketId": ticket, "message": "re", "replyTo": sent["id"] });
        let answer = alex.ok("send_message", data).await;
        assert_eq!(answer["message"]["replyTo"], sent["id"]);

        assert!(!answer.to_string().contains("hunter"));
        assert!(!page(&mut alex, &ticket).await.to_string().contains("hunter"));
        let since = json!({ "ticketId": ticket, "since": { "public": 0 }, "epoch": joined["epoch"] });
        let mut late = app.agent("late").await;
        assert_eq!(late.ok("join_ticket", since).await["replaying"], 4);
        late.event("replay_complete").await;
        assert!(!format!("{:?}", late.all_kept()).contains("hunter"), "nor in what is replayed");
        assert_eq!(late.take_kept("new_message").len(), 2);
    }
}

on_each_database! {
    async fn what_is_deleted_at_once_by_two_is_told_once(database) {
        let app = TestApp::start(database).await;
        let (mut casey, mut root) = (app.customer("casey").await, app.connect("root", Role::Admin).await);
        let ticket = casey.create_ticket("Help").await;
        casey.join(&ticket).await;
        let sent = casey.say(&ticket, "one").await;
        let (one, two) = (casey.send_acked("delete_message", delete(&sent)).await, root.send_acked("delete_message", delete(&sent)).await);
        assert_eq!(casey.ack(one).await["success"], true);
        assert_eq!(root.ack(two).await["success"], true);
        assert_eq!(told(&mut casey, &ticket, "message_deleted").await.len(), 1);
        assert_eq!(app.rows("message_revisions"), 1);
    }
}
