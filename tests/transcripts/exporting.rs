//! Transcripts of tickets, written beside a running server.

use deskwire::domain::Role;
use serde_json::Value;

use crate::{
    harness::{
        program::{beside, failure, success},
        *,
    },
    on_each_database,
};

/// A ticket with a bit of everything, and how many public messages it has.
async fn lively(app: &TestApp) -> (String, usize) {
    let (mut casey, mut alex) = (app.customer("casey").await, app.agent("alex").await);
    let ticket = casey.create_ticket("<Printers> & \"fire\"").await;
    let file = json!([{ "name": "a<b>.txt", "type": "text/plain", "data": "c2VjcmV0" }, { "name": "how to", "url": "https://example.com/?a=1&b='2'" }]);
    let text = "smoke & <script>alert(1)</script>\nand <b>flames</b>";
    casey
        .ok(
            "send_message",
            json!({ "ticketId": ticket, "message": text, "format": "text", "attachments": file }),
        )
        .await;
    let note = json!({ "ticketId": ticket, "message": "not <b>again</b>", "visibility": "internal" });
    alex.ok("send_message", note).await;
    let answer = json!({ "ticketId": ticket, "message": "<p>Unplug it.</p><ul><li>now</li></ul>" });
    let answer = alex.ok("send_message", answer).await["message"].clone();
    let edit = json!({ "messageId": answer["id"], "message": "<p>Unplug it.</p><ul><li>at once</li></ul>" });
    alex.ok("edit_message", edit).await;
    // More than a page of the log.
    for number in 0..230 {
        casey.say(&ticket, &format!("still {number}")).await;
    }
    app.execute_sql(
        "INSERT INTO ticket_events (ticket_id, stream, seq, pos, kind, actor_id, payload, created_at) \
         SELECT id, 1, internal_seq + 1, public_seq + internal_seq + 1, 'ticket_updated', 'alex', \
         '{\"labels\":{\"from\":[],\"to\":[\"<hot>\"]}}', 1 FROM tickets",
    );
    app.execute_sql(
        "UPDATE tickets SET internal_seq = internal_seq + 1, internal_events = internal_events + 1",
    );
    (ticket, 232)
}

async fn transcript(app: &TestApp, ticket: &str, arguments: &[&str]) -> String {
    success(beside(app, &[&["export", ticket], arguments].concat())).await
}

on_each_database! {
    async fn as_json_it_has_the_objects_of_the_wire(database) {
        let app = TestApp::start(database).await;
        let (ticket, count) = lively(&app).await;

        let public: Value = serde_json::from_str(&transcript(&app, &ticket, &[]).await).unwrap();
        let mut casey = app.customer("casey").await;
        assert_eq!(public["ticket"], casey.ok("join_ticket", json!({ "ticketId": ticket })).await["ticket"]);
        let mut shown = Vec::new();
        while shown.len() < count {
            let page = json!({ "ticketId": ticket, "offset": shown.len(), "limit": 200 });
            let page = casey.ok("get_messages", page).await["messages"].as_array().unwrap().clone();
            shown.splice(0..0, page);
        }
        assert_eq!(public["messages"], Value::Array(shown));
        let events = public["events"].as_array().unwrap();
        assert_eq!(events.len(), 1);
        assert_eq!((&events[0]["event"], &events[0]["data"]["seq"]), (&json!("message_edited"), &json!(3)));

        let all = transcript(&app, &ticket, &["--internal", "--format", "json"]).await;
        let all: Value = serde_json::from_str(&all).unwrap();
        assert_eq!(all["messages"].as_array().unwrap().len(), count + 1);
        assert_eq!(all["messages"][1]["stream"], "internal");
        assert_eq!(all["events"][1]["data"]["changes"]["labels"]["to"], json!(["<hot>"]));
        assert_eq!(all["ticket"]["priority"], "normal");
    }
}

on_each_database! {
    async fn as_html_it_is_one_page_that_loads_and_runs_nothing(database) {
        let app = TestApp::start(database).await;
        let (ticket, count) = lively(&app).await;
        let page = transcript(&app, &ticket, &["--format", "html"]).await;

        assert!(page.starts_with("<!DOCTYPE html>") && page.ends_with("</html>\n"));
        assert!(page.contains("content=\"default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'\""));
        assert!(!page.contains("<script") && !page.contains("<img") && !page.contains("src="), "{page}");
        assert!(page.contains("&amp; \"fire\"</title>"), "{page}");
        assert!(page.contains("smoke &amp; &lt;script&gt;"), "{page}");
        assert!(page.contains("<li>at once</li>") && page.contains("edited</span>"));
        assert!(page.contains("(text/plain, 6 bytes)") && page.contains("href=\"https://example.com/?a=1&amp;b="));
        assert_eq!(page.matches("<article").count(), count);
        assert!(!page.contains("again") && !page.contains("hot"), "notes are for agents");

        let page = transcript(&app, &ticket, &["--format", "html", "--internal"]).await;
        assert_eq!(page.matches("<article").count(), count + 1);
        assert!(page.contains("<article class=\"note\"") && page.contains("internal note</span>"));
        assert!(page.contains("not <b>again</b>") && page.contains("Alex changed the labels to &lt;hot&gt;"));
    }
}

on_each_database! {
    async fn as_text_it_can_be_read(database) {
        let app = TestApp::start(database).await;
        let (ticket, _) = lively(&app).await;
        let text = transcript(&app, &ticket, &["--format", "txt"]).await;
        assert!(text.starts_with(&format!("Ticket {ticket}: ")), "{text}");
        assert!(text.contains("  Casey (customer)\n    smoke & <script>alert(1)</script>\n    and <b>flames</b>\n"), "{text}");
        assert!(text.contains("Alex (agent) [edited]\n    Unplug it.\n    at once\n"), "{text}");
        assert!(text.contains("text/plain, 6 bytes]\n    [link: how to https://example.com/?a=1&b=%272%27]"), "{text}");
        assert!(text.contains("still 229") && !text.contains("again"));

        let text = transcript(&app, &ticket, &["--format", "txt", "--internal"]).await;
        assert!(text.contains("Alex (agent) [INTERNAL NOTE]\n    not again\n"), "{text}");
        assert!(text.contains("* Alex changed the labels to <hot> [internal]"), "{text}");
    }
}

on_each_database! {
    async fn a_deleted_message_keeps_its_place_without_its_text(database) {
        let app = TestApp::start(database).await;
        let mut casey = app.customer("casey").await;
        let ticket = casey.create_ticket("Help").await;
        casey.say(&ticket, "my password is hunter2").await;
        app.execute_sql("UPDATE messages SET deleted_at = 1");
        for (format, mark) in [("json", "\"deletedAt\""), ("html", "deleted</p>"), ("txt", "[deleted]")] {
            let shown = transcript(&app, &ticket, &["--format", format]).await;
            assert!(shown.contains(mark) && !shown.contains("hunter2"), "{shown}");
        }
    }
}

on_each_database! {
    async fn what_is_not_there_is_an_error_and_leaves_no_file(database) {
        let app = TestApp::start(database).await;
        let mut casey = app.connect("casey", Role::Customer).await;
        let ticket = casey.create_ticket("Help").await;
        let file = app.data_dir().join("transcript.txt");
        let name = file.to_str().unwrap();

        let error = failure(beside(&app, &["export", "999", "--output", name]), 1).await;
        assert!(error.contains("there is no ticket 999"), "{error}");
        assert!(!file.exists());
        failure(beside(&app, &["export", "printer"]), 2).await;

        assert_eq!(transcript(&app, &ticket, &["--format", "txt", "--output", name]).await, "");
        assert!(std::fs::read_to_string(&file).unwrap().contains("Help"));
        let error = failure(beside(&app, &["export", &ticket, "--output", name]), 2).await;
        assert!(error.contains("transcript.txt"), "{error}");
        assert!(file.exists(), "what was there is not touched");
    }
}
