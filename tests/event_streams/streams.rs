//! What a stream brings, and in which form.

use super::{agent, customer, durable, epoch, events};
use crate::{harness::*, on_each_database};

on_each_database! {
    async fn a_stream_begins_with_the_joined_ticket_and_goes_on_live_in_the_sockets_own_frames(database) {
        let app = TestApp::start(database).await;
        let mut casey = app.customer("casey").await;
        let ticket = casey.create_ticket("Help").await;
        let mut alex = app.agent("alex").await;
        let epoch = alex.join(&ticket).await["epoch"].clone();
        alex.say(&ticket, "before").await;

        let mut stream = agent(&app).stream(&events(&ticket)).await;
        assert_eq!(stream.header("content-type"), Some("text/event-stream"));
        assert_eq!(stream.header("cache-control"), Some("no-store"));
        assert_eq!(stream.header("x-accel-buffering"), Some("no"));
        let first = stream.next().await.unwrap();
        assert_eq!((first.name(), &first.data["data"]["reset"]), ("joined_ticket", &json!(false)));
        assert_eq!(first.data["data"]["position"], json!({ "public": 1, "internal": 0 }));
        assert_eq!(first.data["data"]["epoch"], epoch);
        assert_eq!(first.id.unwrap(), format!("{}:1:0", epoch.as_str().unwrap()));
        assert!(stream.retry.is_some());
        assert_eq!(stream.next().await.unwrap().name(), "replay_complete");

        let note = json!({ "ticketId": ticket, "message": "line\nline", "visibility": "internal" });
        alex.ok("send_message", note).await;
        alex.say(&ticket, "after").await;
        for id in ["1:1", "2:1"] {
            let sent = stream.find(|sent| sent.name() == "new_message").await;
            assert_eq!(sent.data["data"], alex.frame(|it| it["event"] == "new_message" && it["data"]["message"] != "before").await["data"]);
            assert_eq!(sent.id.unwrap(), format!("{}:{id}", epoch.as_str().unwrap()));
        }
    }
}

on_each_database! {
    async fn what_is_not_durable_comes_live_without_an_id(database) {
        let app = TestApp::start(database).await;
        let mut casey = app.customer("casey").await;
        let ticket = casey.create_ticket("Help").await;
        let mut alex = app.agent("alex").await;
        alex.join(&ticket).await;
        let said = alex.say(&ticket, "hello").await;
        let mut stream = customer(&app).stream(&events(&ticket)).await;
        stream.event("replay_complete").await;

        alex.ok("typing_start", json!({ "ticketId": ticket })).await;
        let typing = stream.find(|sent| sent.name() == "user_typing").await;
        assert_eq!((&typing.data["data"]["userId"], &typing.id), (&json!("alex"), &None));
        // It names a number, but has no place in the log.
        casey.ok("mark_read", json!({ "ticketId": ticket, "stream": "public", "seq": 1 })).await;
        let read = stream.find(|sent| sent.name() == "messages_read").await;
        assert_eq!((&read.data["data"]["seq"], &read.id), (&said["seq"], &None));
    }
}

on_each_database! {
    async fn customers_hear_nothing_of_the_internal_stream(database) {
        let app = TestApp::start(database).await;
        let mut casey = app.customer("casey").await;
        let ticket = casey.create_ticket("Help").await;
        let mut alex = app.agent("alex").await;
        let mut stream = customer(&app).stream(&format!("{}?public=0&internal=7&epoch={}", events(&ticket), epoch(&app).await)).await;
        assert_eq!(stream.event("joined_ticket").await["reset"], false);
        for n in 0..3 {
            let note = json!({ "ticketId": ticket, "message": n.to_string(), "visibility": "internal" });
            alex.ok("send_message", note).await;
            alex.say(&ticket, &n.to_string()).await;
        }
        let last = stream.find(|sent| sent.data["data"]["message"] == "2").await;
        assert_eq!(last.data["data"]["stream"], "public");
        let id = last.id.unwrap();
        assert!(id.ends_with(":3") && id.matches(':').count() == 1, "{id}");

        let missed = format!("{}?public=1&epoch={}", events(&ticket), epoch(&app).await);
        let answer = customer(&app).get(&missed).await.expect(200);
        assert_eq!(answer["position"], json!({ "public": 3 }));
        assert_eq!(durable(answer["events"].as_array().unwrap()).len(), 2);
    }
}

#[tokio::test]
async fn a_quiet_stream_says_at_each_beat_that_it_is_there() {
    let app = TestApp::with(Database::Sqlite, |settings| {
        settings.timing.heartbeat = std::time::Duration::from_millis(30);
    })
    .await;
    let mut casey = app.customer("casey").await;
    let ticket = casey.create_ticket("Help").await;
    let mut stream = customer(&app).stream(&events(&ticket)).await;
    stream.event("replay_complete").await;
    let started = std::time::Instant::now();
    eventually("several beats", async || started.elapsed() > std::time::Duration::from_millis(200)).await;
    let messages = format!("/api/tickets/{ticket}/messages");
    agent(&app).post(&messages, json!({ "message": "last" })).await.expect(201);
    stream.find(|sent| sent.name() == "new_message").await;
    assert!(stream.beats >= 3, "{}", stream.beats);
}
