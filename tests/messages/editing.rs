//! Editing messages.

use deskwire::domain::Role;
use serde_json::Value;

use crate::{harness::*, on_each_database};

/// Makes everything in the ticket a good day older than the time to change it.
pub(super) fn let_a_day_pass(app: &TestApp) {
    app.execute_sql("UPDATE messages SET created_at = created_at - 86500000");
}

pub(crate) fn edit(message: &Value, text: &str) -> Value {
    json!({ "messageId": message["id"], "message": text })
}

/// The newest page, as someone sees it.
pub(crate) async fn page(client: &mut WsClient, ticket: &str) -> Value {
    client.ok("get_messages", json!({ "ticketId": ticket })).await
}

/// The events of that name which come before a message said now: with it, all that was done before it
/// in the public stream has arrived.
pub(crate) async fn told(client: &mut WsClient, ticket: &str, name: &str) -> Vec<Value> {
    let last = client.say(ticket, "that was all").await;
    client.frame(|frame| frame["event"] == "new_message" && frame["data"]["id"] == last["id"]).await;
    client.take_kept(name)
}

on_each_database! {
    async fn an_edit_reaches_everyone_in_its_place_and_replays(database) {
        let app = TestApp::start(database).await;
        let (mut casey, mut alex) = (app.customer("casey").await, app.agent("alex").await);
        let ticket = casey.create_ticket("Help").await;
        let joined = casey.join(&ticket).await;
        alex.join(&ticket).await;
        let sent = casey.say(&ticket, "teh printer").await;

        let edited = casey.ok("edit_message", edit(&sent, "the <i>printer</i><script>x</script>")).await;
        assert_eq!(edited["message"]["message"], "the <i>printer</i>");
        assert_eq!(edited["message"]["seq"], 1, "it keeps its place");
        assert!(edited["message"]["editedAt"].is_string());

        for client in [&mut casey, &mut alex] {
            let event = client.event("message_edited").await;
            assert_eq!((&event["ticketId"], &event["stream"], &event["seq"]), (&json!(ticket), &json!("public"), &json!(2)));
            assert_eq!(event["message"], edited["message"]);
        }
        casey.say(&ticket, "still there?").await;
        assert_eq!(page(&mut casey, &ticket).await["total"], 2, "an edit is no message");

        let since = json!({ "ticketId": ticket, "since": { "public": 0 }, "epoch": joined["epoch"] });
        let mut again = app.customer("casey").await;
        assert_eq!(again.ok("join_ticket", since).await["replaying"], 3);
        assert_eq!(again.event("new_message").await["message"], "the <i>printer</i>", "as it is now");
        assert_eq!(again.event("message_edited").await["seq"], 2);
        assert_eq!(again.event("new_message").await["seq"], 3);
    }
}

on_each_database! {
    async fn without_an_ack_the_event_is_the_reply_and_comes_once(database) {
        let app = TestApp::start(database).await;
        let mut casey = app.customer("casey").await;
        let ticket = casey.create_ticket("Help").await;
        casey.join(&ticket).await;
        let sent = casey.say(&ticket, "one").await;

        casey.send("edit_message", edit(&sent, "two")).await;
        assert_eq!(casey.event("message_edited").await["seq"], 2);
        assert!(told(&mut casey, &ticket, "message_edited").await.is_empty());

        // What changes nothing is told to nobody else, so the caller is told by name.
        casey.send("edit_message", edit(&sent, "two")).await;
        assert!(casey.event("message_edited").await.get("seq").is_none());
    }
}

on_each_database! {
    async fn only_its_author_edits_a_message_and_only_in_time_but_an_admin_always(database) {
        let app = TestApp::start(database).await;
        let (mut casey, mut alex) = (app.customer("casey").await, app.agent("alex").await);
        let mut root = app.connect("root", Role::Admin).await;
        let ticket = casey.create_ticket("Help").await;
        let (question, answer) = (casey.say(&ticket, "question").await, alex.say(&ticket, "answer").await);

        assert_eq!(casey.refused("edit_message", edit(&answer, "x")).await["code"], "forbidden");
        assert_eq!(alex.refused("edit_message", edit(&question, "x")).await["code"], "forbidden");
        alex.ok("edit_message", edit(&answer, "better")).await;

        let_a_day_pass(&app);
        assert_eq!(casey.refused("edit_message", edit(&question, "x")).await["code"], "forbidden");
        assert_eq!(alex.refused("edit_message", edit(&answer, "x")).await["code"], "forbidden");
        alex.ok("edit_message", edit(&answer, "better")).await;
        let edited = root.ok("edit_message", edit(&question, "by an admin")).await;
        assert_eq!((&edited["message"]["message"], &edited["message"]["sender"]["id"]), (&json!("by an admin"), &json!("casey")));
        assert_eq!(page(&mut casey, &ticket).await["messages"][1]["message"], "better");
    }
}

on_each_database! {
    async fn the_time_to_edit_is_a_setting(database) {
        let app = TestApp::with(database, |settings| settings.policy.edit_window_ms = 200_000_000).await;
        let mut casey = app.customer("casey").await;
        let ticket = casey.create_ticket("Help").await;
        let sent = casey.say(&ticket, "one").await;
        let_a_day_pass(&app);
        casey.ok("edit_message", edit(&sent, "two")).await;
    }
}

on_each_database! {
    async fn a_text_must_be_there_and_within_the_bound(database) {
        let app = TestApp::with(database, |settings| settings.bounds.message_chars = 10).await;
        let mut casey = app.customer("casey").await;
        let ticket = casey.create_ticket("Help").await;
        let sent = casey.say(&ticket, "one").await;

        for text in ["", "  \n ", "<script>x</script>", "<b></b>", "12345678901"] {
            let error = casey.refused("edit_message", edit(&sent, text)).await;
            assert_eq!((&error["code"], &error["field"]), (&json!("invalid_payload"), &json!("message")), "{text:?}");
        }
        let error = casey.refused("edit_message", json!({ "messageId": sent["id"] })).await;
        assert_eq!(error["code"], "invalid_payload", "a text is not optional");
        let edited = casey.ok("edit_message", edit(&sent, "  1234567890  ")).await;
        assert_eq!(edited["message"]["message"], "1234567890");
        let data = json!({ "messageId": sent["id"], "message": "<T> & 1\n2", "format": "text" });
        assert_eq!(casey.ok("edit_message", data).await["message"]["message"], "&lt;T&gt; &amp; 1<br>2");
    }
}

on_each_database! {
    async fn what_is_attached_stays_and_lets_the_text_be_empty(database) {
        let app = TestApp::start(database).await;
        let mut casey = app.customer("casey").await;
        let ticket = casey.create_ticket("Help").await;
        let data = json!({
            "ticketId": ticket, "message": "look", "attachments": [{ "name": "site", "url": "https://example.org/" }],
        });
        let sent = casey.ok("send_message", data).await["message"].clone();
        let edited = casey.ok("edit_message", edit(&sent, "")).await["message"].clone();
        assert_eq!((&edited["message"], &edited["attachments"]), (&json!(""), &sent["attachments"]));
        assert_eq!(page(&mut casey, &ticket).await["messages"][0], edited);
    }
}

on_each_database! {
    async fn a_retry_of_the_message_is_still_one_and_gets_it_as_it_is_now(database) {
        let app = TestApp::start(database).await;
        let mut casey = app.customer("casey").await;
        let ticket = casey.create_ticket("Help").await;
        casey.join(&ticket).await;
        let new = json!({ "ticketId": ticket, "message": "teh", "clientMessageId": "k" });
        let sent = casey.ok("send_message", new.clone()).await["message"].clone();
        let edited = casey.ok("edit_message", edit(&sent, "the")).await["message"].clone();

        let retry = casey.ok("send_message", new.clone()).await;
        assert_eq!((&retry["duplicate"], &retry["message"]), (&json!(true), &edited));
        let other = json!({ "ticketId": ticket, "message": "the", "clientMessageId": "k" });
        assert_eq!(casey.refused("send_message", other).await["code"], "conflict", "it is what was sent that counts");

        casey.ok("delete_message", json!({ "messageId": sent["id"] })).await;
        let retry = casey.ok("send_message", new).await;
        assert_eq!((&retry["duplicate"], &retry["message"]["message"]), (&json!(true), &json!("")));
        assert!(retry["message"]["deletedAt"].is_string());
        assert_eq!(told(&mut casey, &ticket, "new_message").await.len(), 1);
    }
}

on_each_database! {
    async fn what_was_replaced_is_kept(database) {
        let app = TestApp::start(database).await;
        let (mut casey, mut root) = (app.customer("casey").await, app.connect("root", Role::Admin).await);
        let ticket = casey.create_ticket("Help").await;
        let sent = casey.say(&ticket, "one").await;
        casey.ok("edit_message", edit(&sent, "two")).await;
        casey.ok("edit_message", edit(&sent, "two")).await;
        root.ok("edit_message", edit(&sent, "three")).await;
        root.ok("delete_message", json!({ "messageId": sent["id"] })).await;
        root.ok("delete_message", json!({ "messageId": sent["id"] })).await;

        assert_eq!(app.rows("message_revisions"), 3);
        for (kind, actor, body) in [("edit", "casey", "one"), ("edit", "root", "two"), ("delete", "root", "three")] {
            let kept = format!(
                "message_revisions WHERE message_id = {} AND kind = '{kind}' AND actor_id = '{actor}' AND body = '{body}'",
                sent["id"].as_str().unwrap()
            );
            assert_eq!(app.rows(&kept), 1, "{kept}");
        }
        assert_eq!(app.rows("messages WHERE body <> ''"), 0);
    }
}

on_each_database! {
    async fn a_deleted_message_is_not_edited(database) {
        let app = TestApp::start(database).await;
        let (mut casey, mut root) = (app.customer("casey").await, app.connect("root", Role::Admin).await);
        let ticket = casey.create_ticket("Help").await;
        let sent = casey.say(&ticket, "one").await;
        casey.ok("delete_message", json!({ "messageId": sent["id"] })).await;
        for client in [&mut casey, &mut root] {
            for text in ["two", "one", ""] {
                assert_eq!(client.refused("edit_message", edit(&sent, text)).await["code"], "conflict");
            }
        }
        assert_eq!(page(&mut casey, &ticket).await["messages"][0]["message"], "");
    }
}

on_each_database! {
    async fn two_edits_at_once_both_happen_one_after_the_other(database) {
        let app = TestApp::start(database).await;
        let (mut here, mut there) = (app.customer("casey").await, app.customer("casey").await);
        let ticket = here.create_ticket("Help").await;
        here.join(&ticket).await;
        let sent = here.say(&ticket, "none").await;
        let one = here.send_acked("edit_message", edit(&sent, "one")).await;
        let two = there.send_acked("edit_message", edit(&sent, "two")).await;
        assert_eq!(here.ack(one).await["success"], true);
        assert_eq!(there.ack(two).await["success"], true);
        let first = here.event("message_edited").await;
        let last = here.event("message_edited").await;
        assert_eq!((&first["seq"], &last["seq"]), (&json!(2), &json!(3)));
        assert_ne!(first["message"]["message"], last["message"]["message"]);
        assert_eq!(page(&mut here, &ticket).await["messages"][0]["message"], last["message"]["message"]);
    }
}
