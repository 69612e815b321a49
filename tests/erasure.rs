//! Erasing a user beside a running server, or without one.

use std::{path::Path, time::Duration};

use deskwire::domain::Role;
use serde_json::Value;

use crate::{
    harness::{
        program::{beside, failure, success},
        *,
    },
    on_each_database,
};

/// A server that looks into its log often.
async fn attentive(database: Database) -> TestApp {
    TestApp::with(database, |settings| settings.timing.heal_interval = Duration::from_millis(50)).await
}

async fn erase(app: &TestApp, user: &str) -> String {
    success(beside(app, &["erase-user", user, "--yes"])).await
}

/// The numbers of a stream that a client was told of, in the order in which it was.
fn seqs(events: &[Value], stream: &str) -> Vec<i64> {
    let of_stream = events.iter().filter(|event| event["data"]["stream"] == stream);
    of_stream.map(|event| event["data"]["seq"].as_i64().unwrap()).collect()
}

/// The durable events up to this number of the public stream.
async fn durable_up_to(client: &mut WsClient, seq: i64) -> Vec<Value> {
    let mut events = Vec::new();
    loop {
        let event = client.frame(|frame| frame["data"]["seq"].is_i64() && frame["event"] != "ack").await;
        let is_last = event["data"]["stream"] == "public" && event["data"]["seq"] == seq;
        events.push(event);
        if is_last {
            return events;
        }
    }
}

on_each_database! {
    async fn others_see_messages_go_and_the_user_is_shown_out(database) {
        let app = attentive(database).await;
        let (mut casey, mut alex) = (app.customer("casey").await, app.agent("alex").await);
        let ticket = casey.create_ticket("My rash").await;
        let first = casey.say(&ticket, "it itches").await;
        casey.ok("edit_message", json!({ "messageId": first["id"], "message": "it hurts" })).await;
        let joined = alex.join(&ticket).await;
        alex.say(&ticket, "since when?").await;
        let last = casey.say(&ticket, "monday").await;
        alex.event("new_message").await;

        let printed = erase(&app, "casey").await;
        assert!(printed.contains("casey: erased; 2 messages emptied, 1 subjects and comments removed"), "{printed}");

        assert_eq!(casey.closed().await, 4403);
        let told = durable_up_to(&mut alex, 7).await;
        let told: Vec<&Value> = told.iter().filter(|event| event["event"] != "new_message").collect();
        assert_eq!(told.iter().map(|it| it["event"].as_str().unwrap()).collect::<Vec<_>>(), ["message_deleted", "message_deleted", "ticket_updated"]);
        assert_eq!(told.iter().map(|it| it["data"]["seq"].as_i64().unwrap()).collect::<Vec<_>>(), [5, 6, 7]);
        assert_eq!((&told[0]["data"]["messageId"], &told[1]["data"]["messageId"]), (&first["id"], &last["id"]));
        assert_eq!(told[2]["data"]["changes"]["subject"], json!({ "from": "", "to": "(erased)" }));
        assert_eq!(told[2]["data"]["actor"], Value::Null);

        let history = alex.ok("get_messages", json!({ "ticketId": ticket })).await;
        let texts: Vec<&str> = history["messages"].as_array().unwrap().iter().map(|it| it["message"].as_str().unwrap()).collect();
        assert_eq!(texts, ["", "since when?", ""]);
        assert_eq!(history["messages"][0]["sender"], json!({ "id": "casey", "name": "Erased user", "role": "customer" }));
        assert!(history["messages"][0]["deletedAt"].is_string());
        assert_eq!(history["total"], 3);

        let mut again = app.agent("alex").await;
        let since = json!({ "ticketId": ticket, "since": { "public": 0, "internal": 0 }, "epoch": joined["epoch"] });
        let resumed = again.ok("join_ticket", since).await;
        assert_eq!((&resumed["replaying"], &resumed["ticket"]["subject"]), (&json!(7), &json!("(erased)")));
        assert_eq!(resumed["ticket"]["requester"]["name"], "Erased user");
        let replayed = durable_up_to(&mut again, 7).await;
        assert_eq!(seqs(&replayed, "public"), [1, 2, 3, 4, 5, 6, 7]);
        assert!(!serde_json::to_string(&replayed).unwrap().contains("hurts"));
    }
}

on_each_database! {
    async fn an_erased_user_does_not_come_back(database) {
        let app = attentive(database).await;
        app.customer("casey").await.create_ticket("My rash").await;
        erase(&app, "casey").await;

        let mut casey = app.open().await;
        casey.send("authenticate", json!({ "token": app.token("casey", Role::Customer) })).await;
        assert_eq!(casey.event("authentication_error").await["code"], "forbidden");
        assert_eq!(casey.closed().await, 4403);

        let printed = erase(&app, "casey").await;
        assert!(printed.contains("casey: had been erased before; 0 messages emptied, 0 subjects"), "{printed}");
        assert_eq!(app.rows("users WHERE name = 'Erased user' AND email IS NULL AND disabled"), 1);
    }
}

on_each_database! {
    async fn nothing_of_an_erased_user_is_written_any_more_by_a_connection_that_is_still_open(database) {
        let app = TestApp::with(database, |settings| settings.timing.heal_interval = Duration::from_secs(3_600)).await;
        let (mut casey, mut dana) = (app.customer("casey").await, app.customer("dana").await);
        let (ticket, other) = (casey.create_ticket("Help").await, dana.create_ticket("Help").await);
        let sent = casey.ok("send_message", json!({ "ticketId": ticket, "message": "x", "clientMessageId": "k" })).await;
        erase(&app, "casey").await;

        let retry = json!({ "ticketId": ticket, "message": "x", "clientMessageId": "k" });
        assert_eq!(casey.refused("send_message", retry).await["code"], "forbidden");
        assert_eq!(casey.refused("create_ticket", json!({ "subject": "x" })).await["code"], "forbidden");
        let edit = json!({ "messageId": sent["message"]["id"], "message": "y" });
        casey.refused("edit_message", edit).await;
        dana.say(&other, "of others, all is").await;
        assert_eq!(app.rows("messages WHERE body <> ''"), 1);
        assert_eq!(app.rows("tickets"), 2);
    }
}

on_each_database! {
    async fn of_an_agent_notes_go_too_and_what_is_others_stays(database) {
        let app = attentive(database).await;
        let (mut casey, mut alex, mut bo) = (app.customer("casey").await, app.agent("alex").await, app.agent("bo").await);
        let ticket = casey.create_ticket("Printer").await;
        casey.join(&ticket).await;
        bo.join(&ticket).await;
        let note = json!({ "ticketId": ticket, "message": "lazy customer", "visibility": "internal" });
        let note = alex.ok("send_message", note).await["message"].clone();
        casey.say(&ticket, "hello?").await;
        app.execute_sql(
            "INSERT INTO ticket_events (ticket_id, stream, seq, pos, kind, actor_id, payload, created_at) \
             SELECT id, 0, 2, 3, 'ticket_updated', 'alex', '{\"subject\":{\"from\":\"Printer\",\"to\":\"Smoke\"}}', 1 FROM tickets"
        );
        app.execute_sql("UPDATE tickets SET public_seq = 2, public_events = 1, subject = 'Smoke'");
        for owner in ["'alex'", "'bo'", "NULL"] {
            app.execute_sql(&format!(
                "INSERT INTO canned_responses (owner_id, author_id, shortcut, title, body, updated_at) VALUES ({owner}, 'alex', 'hi', 'Hi', 'Hi', 1)"
            ));
        }
        let printed = erase(&app, "alex").await;
        assert!(printed.contains("alex: erased; 1 messages emptied, 1 subjects"), "{printed}");

        let told = bo.event("message_deleted").await;
        assert_eq!((&told["messageId"], &told["stream"], &told["seq"]), (&note["id"], &json!("internal"), &json!(2)));
        assert!(casey.events_so_far("message_deleted").await.is_empty(), "notes are for agents");
        assert_eq!(app.rows("canned_responses"), 2);
        assert_eq!(app.rows("messages WHERE body = 'hello?' AND deleted_at IS NULL"), 1);
        assert_eq!(app.rows("tickets WHERE subject = 'Smoke'"), 1, "it is the customer's");
        assert_eq!(app.rows("ticket_events WHERE payload LIKE '%Printer%' OR payload LIKE '%Smoke%'"), 0);
        assert_eq!(bo.ok("get_messages", json!({ "ticketId": ticket })).await["total"], 2);
    }
}

on_each_database! {
    async fn attachments_go_with_their_files(database) {
        let app = attentive(database).await;
        let (mut casey, mut dana) = (app.customer("casey").await, app.customer("dana").await);
        let file = json!([{ "name": "scan.txt", "type": "text/plain", "data": "c2VjcmV0" }, { "name": "site", "url": "https://example.com/casey" }]);
        for client in [&mut casey, &mut dana] {
            let ticket = client.create_ticket("Files").await;
            client.ok("send_message", json!({ "ticketId": ticket, "message": "see", "attachments": file })).await;
        }
        assert_eq!((app.attachment_files().len(), app.rows("attachments")), (2, 4));
        let printed = erase(&app, "casey").await;
        assert!(printed.contains("1 files removed"), "{printed}");
        assert_eq!((app.attachment_files().len(), app.rows("attachments")), (1, 2));
        assert_eq!(app.rows("messages WHERE attachments > 0"), 1);
    }
}

on_each_database! {
    async fn what_was_interrupted_is_finished_by_doing_it_again(database) {
        let app = attentive(database).await;
        let mut casey = app.customer("casey").await;
        let ticket = casey.create_ticket("Help").await;
        let file = json!([{ "name": "scan.txt", "type": "text/plain", "data": "c2VjcmV0" }]);
        casey.ok("send_message", json!({ "ticketId": ticket, "message": "one", "attachments": file })).await;
        casey.say(&ticket, "two").await;
        erase(&app, "casey").await;
        // As if it had ended behind the first message's deletion, and before its files.
        app.execute_sql("UPDATE messages SET body = 'two', body_digest = 'x', deleted_at = NULL WHERE seq = 2");
        app.execute_sql(
            "INSERT INTO attachments (id, ticket_id, message_id, uploader_id, name, media_type, size, ordinal, created_at) \
             SELECT '00112233445566778899aabbccddeeff', ticket_id, id, sender_id, '', 'text/plain', 6, 0, 0 FROM messages WHERE seq = 1"
        );
        let file = app.data_dir().join("attachments/00/112233445566778899aabbccddeeff");
        std::fs::create_dir_all(file.parent().unwrap()).unwrap();
        std::fs::write(&file, "secret").unwrap();

        let printed = erase(&app, "casey").await;
        assert!(printed.contains("casey: had been erased before; 1 messages emptied"), "{printed}");
        assert_eq!((app.rows("attachments"), app.attachment_files().len()), (0, 0));
        assert_eq!(app.rows("messages WHERE body <> '' OR deleted_at IS NULL"), 0);
    }
}

on_each_database! {
    async fn a_busy_server_goes_on_while_a_large_user_is_erased(database) {
        let app = attentive(database).await;
        let (mut casey, mut dana) = (app.customer("casey").await, app.customer("dana").await);
        let tickets = [casey.create_ticket("One").await, casey.create_ticket("Two").await];
        let shared = casey.ok("create_ticket", json!({ "subject": "Three" })).await["ticket"]["id"].as_str().unwrap().to_owned();
        for number in 0..1_300 {
            let ticket = if number % 3 == 2 { &shared } else { &tickets[number % 3] };
            casey.send_acked("send_message", json!({ "ticketId": ticket, "message": format!("text {number}") })).await;
        }
        casey.events_so_far("none").await;
        let mut alex = app.agent("alex").await;
        alex.join(&shared).await;
        let own = dana.create_ticket("Mine").await;

        let mut erasing = tokio::spawn(success(beside(&app, &["erase-user", "casey", "--yes"])));
        let mut said = 0;
        let printed = loop {
            tokio::select! {
                printed = &mut erasing => break printed.unwrap(),
                () = async { dana.say(&own, "meanwhile").await; } => said += 1,
            }
        };
        assert!(printed.contains("casey: erased; 1300 messages emptied, 3 subjects"), "{printed}");
        assert!(said > 0);
        // 433 messages, the deletion of each, and the subject.
        let told = durable_up_to(&mut alex, 867).await;
        assert_eq!(seqs(&told, "public"), (434..=867).collect::<Vec<_>>());
        assert_eq!(app.rows("messages WHERE body LIKE 'text%'"), 0);
    }
}

on_each_database! {
    async fn it_asks_before_it_erases(database) {
        let app = attentive(database).await;
        let mut casey = app.customer("casey").await;
        let ticket = casey.create_ticket("Help").await;
        casey.say(&ticket, "still here").await;
        let error = failure(beside(&app, &["erase-user", "casey"]), 2).await;
        assert!(error.contains("--yes"), "{error}");
        let error = failure(beside(&app, &["erase-user", "nobody", "--yes"]), 1).await;
        assert!(error.contains("there is no user \"nobody\""), "{error}");
        assert_eq!(app.rows("messages WHERE body = 'still here'"), 1);
    }
}

#[tokio::test]
async fn there_is_nobody_to_erase_where_there_is_no_database() {
    let dir = tempfile::tempdir().unwrap();
    let error = failure(program::deskwire(dir.path(), &["erase-user", "casey", "--yes"]), 1).await;
    assert!(error.contains("there is no database"), "{error}");
    assert!(!dir.path().join("data/deskwire.db").exists());
}

/// Everything that text of a user may be in, in rows of the database.
async fn write_everywhere(app: &TestApp, casey: &mut WsClient, alex: &mut WsClient) {
    let long = |word: &str| format!("{word} {}", "xyzzyplugh ".repeat(700));
    let mut tickets = Vec::new();
    for number in 0..6 {
        let created = casey.ok("create_ticket", json!({
            "subject": format!("xyzzyplugh subject {number}"), "clientTicketId": format!("xyzzyplugh{number}"),
            "message": long("first"),
        })).await;
        tickets.push(created["ticket"]["id"].as_str().unwrap().to_owned());
    }
    for round in 0..40 {
        for ticket in &tickets {
            // Of many sizes, so that rows move between pages, and some need pages of their own.
            let text = format!("{round} {}", "xyzzyplugh ".repeat(1 + (round * 37) % 500));
            let sent = casey
                .ok(
                    "send_message",
                    json!({
                        "ticketId": ticket, "message": text, "clientMessageId": format!("xyzzyplugh{round}"),
                    }),
                )
                .await;
            alex.say(ticket, &"what others say ".repeat(1 + round % 20)).await;
            if round % 3 == 0 {
                let edit = json!({ "messageId": sent["message"]["id"], "message": long("edited") });
                casey.ok("edit_message", edit).await;
            }
        }
    }
    let file = json!([{ "name": "xyzzyplugh.txt", "type": "text/plain", "data": "eHl6enlwbHVnaA==" }, { "name": "xyzzyplugh", "url": "https://example.com/xyzzyplugh" }]);
    casey.ok("send_message", json!({ "ticketId": tickets[0], "message": "x", "attachments": file })).await;
    app.execute_sql(
        "UPDATE users SET email = 'xyzzyplugh@example.com', name = 'xyzzyplugh' WHERE id = 'casey'",
    );
    app.execute_sql("UPDATE tickets SET rating = 1, rating_comment = 'xyzzyplugh', rated_at = 1");
    app.execute_sql(
        "INSERT INTO canned_responses (owner_id, author_id, shortcut, title, body, updated_at) \
         VALUES ('casey', 'casey', 'xyzzyplugh', 'xyzzyplugh', 'xyzzyplugh', 1)",
    );
    app.execute_sql(
        "INSERT INTO notifications (user_id, kind, ticket_id, created_at) SELECT 'casey', 'new_message', id, 1 FROM tickets"
    );
    app.execute_sql(
        "INSERT INTO ticket_events (ticket_id, stream, seq, pos, kind, actor_id, payload, created_at) \
         SELECT id, 0, public_seq + 1, public_seq + internal_seq + 1, 'ticket_updated', 'casey', \
         '{\"subject\":{\"from\":\"xyzzyplugh was\",\"to\":\"xyzzyplugh is\"}}', 1 FROM tickets",
    );
    app.execute_sql("UPDATE tickets SET public_seq = public_seq + 1, public_events = public_events + 1");
}

/// Fills the index of words as searching needs it, in parts that are written one after the other.
fn index_everything(app: &TestApp) {
    for part in 0..20 {
        app.execute_sql(&format!(
            "DELETE FROM message_search WHERE rowid IN (SELECT id FROM messages WHERE id % 20 = {part}); \
             INSERT INTO message_search (rowid, words) SELECT id, body FROM messages WHERE id % 20 = {part}"
        ));
    }
    app.execute_sql(
        "DELETE FROM ticket_search; INSERT INTO ticket_search (rowid, words) SELECT id, subject FROM tickets",
    );
}

/// In which of the database's files a text is, and how often.
fn remnants(dir: &Path, text: &[u8]) -> Vec<(String, usize)> {
    let files = ["deskwire.db", "deskwire.db-wal", "deskwire.db-shm"];
    let count = |name: &str| {
        let bytes = std::fs::read(dir.join(name)).unwrap_or_default();
        memchr::memmem::find_iter(&bytes, text).count()
    };
    files.iter().map(|name| ((*name).to_owned(), count(name))).filter(|(_, count)| *count > 0).collect()
}

async fn no_byte_is_left(app: &mut TestApp, served: bool) {
    let (mut casey, mut alex) = (app.customer("casey").await, app.agent("alex").await);
    write_everywhere(app, &mut casey, &mut alex).await;
    index_everything(app);
    assert!(!remnants(app.data_dir(), b"xyzzyplugh").is_empty());
    drop((casey, alex));
    if !served {
        app.stop().await;
    }
    let printed = erase(app, "casey").await;
    assert_eq!(printed.contains("accepts no writes"), served, "{printed}");
    assert!(printed.contains("no copy is left"), "{printed}");
    // Of the words in an index only what tells them apart from the one before may be there.
    for text in [b"xyzzyplugh".as_slice(), b"zyplugh", b"plugh", b"Casey"] {
        assert_eq!(remnants(app.data_dir(), text), [], "{}", String::from_utf8_lossy(text));
    }
    assert_eq!(app.rows("messages WHERE body LIKE '%what others say%'"), 240);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_byte_of_the_text_is_left_in_the_files_without_a_server() {
    let mut app = attentive(Database::Sqlite).await;
    no_byte_is_left(&mut app, false).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_byte_of_the_text_is_left_in_the_files_beside_a_server() {
    let mut app = attentive(Database::Sqlite).await;
    no_byte_is_left(&mut app, true).await;
    let mut alex = app.agent("alex").await;
    let ticket = alex.create_ticket("Behind it").await;
    alex.say(&ticket, "the server goes on").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn without_writing_the_file_anew_it_says_what_may_be_left() {
    let app = attentive(Database::Sqlite).await;
    let (mut casey, mut alex) = (app.customer("casey").await, app.agent("alex").await);
    write_everywhere(&app, &mut casey, &mut alex).await;
    index_everything(&app);
    let printed = success(beside(&app, &["erase-user", "casey", "--yes", "--no-vacuum"])).await;
    assert!(printed.contains("copies may be left"), "{printed}");
    assert!(remnants(app.data_dir(), b"xyzzyplugh").iter().all(|(file, _)| file == "deskwire.db"));
    assert_eq!(app.rows("messages WHERE body LIKE '%xyzzyplugh%'"), 0);
}

/// Every column that can hold text, with what erasing a user does to it.
const COLUMNS: [(&str, &str); 68] = [
    // Erased.
    ("attachments.name", "emptied, then deleted"),
    ("attachments.sha256", "emptied, then deleted"),
    ("attachments.link", "deleted"),
    ("canned_responses.shortcut", "deleted with personal ones"),
    ("canned_responses.title", "deleted with personal ones"),
    ("canned_responses.body", "deleted with personal ones"),
    ("message_revisions.body", "emptied"),
    ("message_search_data.block", "merged without"),
    ("ticket_search_data.block", "merged without"),
    ("messages.body", "emptied"),
    ("messages.body_digest", "emptied"),
    ("messages.client_message_id", "removed"),
    ("notifications.body", "deleted"),
    ("notifications.client_digest", "deleted"),
    ("notifications.client_key", "deleted"),
    ("notifications.data", "deleted"),
    ("notifications.link", "deleted"),
    ("notifications.title", "deleted"),
    ("ticket_events.payload", "replaced where it names subjects"),
    ("tickets.client_ticket_id", "removed"),
    ("tickets.client_ticket_digest", "removed"),
    ("tickets.rating_comment", "removed"),
    ("tickets.subject", "replaced"),
    ("uploads.name", "deleted"),
    ("uploads.sha256", "deleted"),
    ("users.email", "removed"),
    ("users.name", "replaced"),
    // Kept: ids that the application gave, and the program's own words.
    ("__diesel_schema_migrations.version", "kept"),
    ("attachments.id", "deleted"),
    ("attachments.media_type", "deleted"),
    ("attachments.uploader_id", "deleted"),
    ("canned_responses.author_id", "kept"),
    ("canned_responses.owner_id", "deleted with personal ones"),
    ("message_revisions.actor_id", "kept"),
    ("message_revisions.kind", "kept"),
    ("message_search_docsize.sz", "deleted"),
    ("messages.sender_id", "kept"),
    ("meta.key", "kept"),
    ("meta.value", "kept"),
    ("mutes.user_id", "deleted"),
    ("notifications.actor_id", "kept"),
    ("notifications.kind", "kept"),
    ("notifications.user_id", "deleted"),
    ("participants.user_id", "kept"),
    ("reactions.emoji", "kept"),
    ("reactions.user_id", "kept"),
    ("read_positions.user_id", "kept"),
    ("ticket_events.actor_id", "kept"),
    ("ticket_events.kind", "kept"),
    ("ticket_events.user_id", "kept"),
    ("ticket_labels.label", "kept: of agents"),
    ("ticket_search_docsize.sz", "deleted"),
    ("tickets.assignee_id", "kept"),
    ("tickets.creator_id", "kept"),
    ("tickets.requester_id", "kept"),
    ("uploads.id", "deleted"),
    ("uploads.media_type", "deleted"),
    ("uploads.uploader_id", "deleted"),
    // Where events stand, and no more: what webhooks are told is made of the log.
    ("webhook_deliveries.event", "kept"),
    ("webhook_deliveries.event_id", "kept"),
    ("webhook_deliveries.last_error", "kept: of the receiver"),
    ("webhook_deliveries.state", "kept"),
    ("webhooks.description", "kept: of admins"),
    ("webhooks.disabled_reason", "kept"),
    ("webhooks.events", "kept"),
    ("webhooks.previous_secret", "kept: of admins"),
    ("webhooks.secret", "kept: of admins"),
    ("webhooks.url", "kept: of admins"),
];

/// The program's own words for states.
const STATES: [&str; 5] =
    ["users.id", "users.role", "users.availability", "tickets.status", "tickets.priority"];

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_column_that_can_hold_text_has_its_rule() {
    let app = TestApp::start(Database::Sqlite).await;
    let columns = app.texts(
        "SELECT t.name || '.' || c.name AS text FROM sqlite_master t, pragma_table_info(t.name) c \
         WHERE t.type = 'table' AND t.sql NOT LIKE 'CREATE VIRTUAL%' AND t.name NOT LIKE 'sqlite_%' \
         AND t.name NOT LIKE '%_search_config' AND t.name NOT LIKE '%_search_idx' \
         AND c.type IN ('TEXT', 'BLOB', '', 'VARCHAR(50)')",
    );
    let has_rule =
        |column: &String| COLUMNS.iter().any(|(name, _)| name == column) || STATES.contains(&column.as_str());
    let without: Vec<&String> = columns.iter().filter(|column| !has_rule(column)).collect();
    assert!(without.is_empty(), "say what erasing does to, and erase, {without:?}");
    let gone = |name: &&str| !columns.iter().any(|column| column == name);
    let gone: Vec<&str> = COLUMNS.iter().map(|(name, _)| *name).chain(STATES).filter(gone).collect();
    assert!(gone.is_empty(), "not there any more: {gone:?}");
}
