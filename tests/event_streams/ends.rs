//! How listening ends, and what is told of it.

use std::time::Duration;

use deskwire::domain::Role;
use serde_json::Value;

use super::{agent, customer, durable, events, since};
use crate::{harness::*, on_each_database};

/// The next poll's answer, when it has begun to wait.
async fn waiting(api: Api, ticket: &str, at: &Value) -> tokio::task::JoinHandle<Answer> {
    let path = since(ticket, at, 60);
    tokio::spawn(async move { api.get(&path).await })
}

on_each_database! {
    async fn who_loses_the_ticket_is_told_and_hears_nothing_after_it(database) {
        let app = TestApp::start(database).await;
        let mut casey = app.customer("casey").await;
        let ticket = casey.create_ticket("Help").await;
        app.customer("pat").await.close().await;
        let mut alex = app.agent("alex").await;
        let added = json!({ "ticketId": ticket, "userId": "pat" });
        alex.ok("add_participant", added.clone()).await;
        let pat = app.api("pat", Role::Customer);
        let mut stream = pat.stream(&events(&ticket)).await;
        stream.event("replay_complete").await;
        let at = pat.get(&events(&ticket)).await.expect(200);
        let poll = waiting(pat.clone(), &ticket, &at).await;

        alex.ok("remove_participant", added).await;
        alex.say(&ticket, "hidden").await;
        let rest = stream.rest().await;
        assert!(stream.is_ended);
        assert_eq!(rest.last().unwrap().name(), "left_ticket", "{rest:?}");
        assert_eq!(rest.last().unwrap().data["data"], json!({ "ticketId": ticket, "reason": "access_lost" }));
        assert!(rest.iter().all(|sent| sent.data["data"]["message"] != "hidden"));
        // Either it was waiting, or it came too late to be let in.
        let answer = poll.await.unwrap();
        if answer.status == 200 {
            let answer = answer.json();
            let names = answer["events"].as_array().unwrap().iter().map(|it| &it["event"]);
            assert!(names.into_iter().any(|name| name == "left_ticket"), "{answer}");
        } else {
            answer.error(404);
        }
        assert_eq!(pat.get(&since(&ticket, &at, 60)).await.error(404)["code"], "not_found");
        assert_eq!(pat.with("Accept", "text/event-stream").get(&events(&ticket)).await.status, 404);
    }
}

on_each_database! {
    async fn a_stream_is_warned_of_the_tokens_end_and_closed_at_it_and_a_poll_is_closed(database) {
        let app = TestApp::start(database).await;
        let mut casey = app.customer("casey").await;
        let ticket = casey.create_ticket("Help").await;
        let token = app.token_for("casey", Role::Customer, Duration::from_secs(2));
        let api = app.anonymous_api().with("Authorization", &format!("Bearer {token}"));
        let mut stream = api.stream(&events(&ticket)).await;
        let at = api.get(&events(&ticket)).await.expect(200);
        let poll = waiting(api.clone(), &ticket, &at).await;
        stream.event("token_expiring").await;
        assert_eq!(stream.closed().await.1, 4401);
        let answer = poll.await.unwrap().expect(200);
        assert_eq!((&answer["events"], &answer["close"]["code"]), (&json!([]), &json!(4401)));
        assert_eq!(answer["position"], at["position"]);
        assert_eq!(api.get(&events(&ticket)).await.error(401)["code"], "token_expired");
    }
}

on_each_database! {
    async fn who_is_disabled_or_has_no_good_token_does_not_listen(database) {
        let app = TestApp::start(database).await;
        let mut casey = app.customer("casey").await;
        let ticket = casey.create_ticket("Help").await;
        let stream = |api: Api| api.with("Accept", "text/event-stream");
        for api in [app.anonymous_api(), app.anonymous_api().with("Authorization", "Bearer x")] {
            api.get(&events(&ticket)).await.error(401);
            stream(api).get(&events(&ticket)).await.error(401);
        }
        app.execute_sql("UPDATE users SET disabled = TRUE WHERE id = 'casey'");
        customer(&app).get(&events(&ticket)).await.error(403);
        stream(customer(&app)).get(&events(&ticket)).await.error(403);
    }
}

on_each_database! {
    async fn a_server_that_stops_tells_when_to_come_back_and_ends_everything(database) {
        let mut app = TestApp::start(database).await;
        let mut casey = app.customer("casey").await;
        let ticket = casey.create_ticket("Help").await;
        let mut stream = agent(&app).stream(&events(&ticket)).await;
        stream.event("replay_complete").await;
        casey.say(&ticket, "last").await;
        stream.event("new_message").await;

        app.stop().await;
        let (before, code) = stream.closed().await;
        assert!(before.iter().any(|sent| sent.name() == "server_draining"), "{before:?}");
        assert_eq!(code, 1012);
    }
}

on_each_database! {
    async fn a_poll_that_waits_while_the_server_stops_is_answered(database) {
        let mut app = TestApp::start(database).await;
        let mut casey = app.customer("casey").await;
        let ticket = casey.create_ticket("Help").await;
        casey.join(&ticket).await;
        let at = customer(&app).get(&events(&ticket)).await.expect(200);
        let mut waits = customer(&app).ask(&since(&ticket, &at, 60)).await;
        // Behind it on the same thread or not: until the server has read it, it is not waiting yet.
        casey.ok("ping", json!({})).await;
        app.stop().await;
        let answer = waits.response(false).await;
        // Too early to wait, it is told to come back.
        if answer.status == 200 {
            let answer = answer.json();
            let names: Vec<&str> = answer["events"].as_array().unwrap().iter().map(|it| it["event"].as_str().unwrap()).collect();
            assert!(names == ["server_draining"] || answer["close"]["code"] == 1012, "{answer}");
        } else {
            assert_eq!(answer.status, 503);
        }
    }
}

on_each_database! {
    async fn a_slow_reader_is_closed_and_resumes_without_a_gap(database) {
        let app = TestApp::with(database, |settings| settings.bounds.outbox_bytes = 64 * 1024).await;
        let mut alex = app.agent("alex").await;
        let ticket = alex.create_ticket("Busy").await;
        let mut slow = agent(&app).stream(&events(&ticket)).await;
        slow.event("replay_complete").await;
        alex.join(&ticket).await;
        let mut sent = 0;
        // Out of the room while its socket still waits to be read.
        while alex.take_kept("user_left_ticket").is_empty() {
            sent += 1;
            alex.say(&ticket, &"x".repeat(10_000)).await;
            alex.take_kept("new_message");
            assert!(sent < 2_000, "it is never slow");
        }

        let (before, code) = slow.closed().await;
        assert_eq!(code, 4008);
        let last = before.iter().rev().find_map(|event| event.id.clone()).expect("an id");
        let got = durable(before.iter().map(|event| &event.data)).len();
        assert!(got > 0 && got < sent, "{got} of {sent}");
        let mut again = agent(&app).with("Last-Event-ID", &last).stream(&events(&ticket)).await;
        for seq in got + 1..=sent {
            assert_eq!(again.event("new_message").await["seq"], seq);
        }
    }
}
