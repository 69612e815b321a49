//! When a poll is answered, and with how much.

use std::time::{Duration, Instant};

use serde_json::Value;

use super::{agent, customer, durable, epoch, events, since};
use crate::{harness::*, on_each_database};

/// Polls until an answer has a durable event: others wake a poll as well.
async fn until_durable(api: &Api, ticket: &str, mut at: Value) -> Value {
    loop {
        at = api.get(&since(ticket, &at, 60)).await.expect(200);
        if !durable(at["events"].as_array().unwrap()).is_empty() {
            return at;
        }
    }
}

on_each_database! {
    async fn a_poll_without_a_position_names_the_present_one_at_once(database) {
        let app = TestApp::start(database).await;
        let mut casey = app.customer("casey").await;
        let ticket = casey.create_ticket("Help").await;
        casey.say(&ticket, "one").await;
        let epoch = epoch(&app).await;
        let answer = agent(&app).get(&format!("{}?wait=60", events(&ticket))).await;
        assert_eq!(answer.header("cache-control"), Some("no-store"));
        let expected = json!({ "events": [], "position": { "public": 1, "internal": 0 }, "epoch": epoch, "reset": false });
        assert_eq!(answer.expect(200), expected);
        let answer = customer(&app).get(&events(&ticket)).await.expect(200);
        assert_eq!(answer["position"], json!({ "public": 1 }));
    }
}

on_each_database! {
    async fn a_poll_brings_what_was_missed_at_once_and_else_waits_for_what_comes(database) {
        let app = TestApp::start(database).await;
        let mut casey = app.customer("casey").await;
        let ticket = casey.create_ticket("Help").await;
        let start = agent(&app).get(&events(&ticket)).await.expect(200);
        let said = casey.say(&ticket, "missed").await;
        let answer = agent(&app).get(&since(&ticket, &start, 60)).await.expect(200);
        assert_eq!(answer["events"], json!([{ "event": "new_message", "data": said }]));
        assert_eq!(answer["position"], json!({ "public": 1, "internal": 0 }));

        let (api, of) = (agent(&app), ticket.clone());
        let poll = tokio::spawn(async move { until_durable(&api, &of, answer).await });
        let said = casey.say(&ticket, "awaited").await;
        let answer = poll.await.unwrap();
        let got = durable(answer["events"].as_array().unwrap());
        assert_eq!(got, [json!({ "event": "new_message", "data": said })]);
        assert_eq!(answer["position"]["public"], 2);

        for (wait, at_least) in [(0, Duration::ZERO), (1, Duration::from_secs(1))] {
            let started = Instant::now();
            let quiet = agent(&app).get(&since(&ticket, &answer, wait)).await.expect(200);
            assert!(started.elapsed() >= at_least);
            assert_eq!((&quiet["events"], &quiet["position"]), (&json!([]), &answer["position"]));
        }
    }
}

on_each_database! {
    async fn what_is_not_durable_wakes_a_poll_as_well(database) {
        let app = TestApp::start(database).await;
        let mut casey = app.customer("casey").await;
        let ticket = casey.create_ticket("Help").await;
        casey.join(&ticket).await;
        let start = agent(&app).get(&events(&ticket)).await.expect(200);
        let (path, api) = (since(&ticket, &start, 60), agent(&app));
        let poll = tokio::spawn(async move { api.get(&path).await.expect(200) });
        // It is heard by those who listen already, so it is said until somebody does.
        eventually("the poll is answered", async || {
            casey.ok("typing_start", json!({ "ticketId": ticket })).await;
            casey.ok("typing_stop", json!({ "ticketId": ticket })).await;
            poll.is_finished()
        })
        .await;
        let answer = poll.await.unwrap();
        let names: Vec<&str> = answer["events"].as_array().unwrap().iter().map(|it| it["event"].as_str().unwrap()).collect();
        assert!(names.iter().all(|name| ["user_typing", "user_stopped_typing"].contains(name)), "{names:?}");
        assert!(!names.is_empty());
        assert_eq!(answer["position"], start["position"]);
    }
}

on_each_database! {
    async fn an_answer_is_bounded_and_the_rest_comes_with_the_next(database) {
        let app = TestApp::with(database, |settings| settings.bounds.history_bytes = 30_000).await;
        let mut casey = app.customer("casey").await;
        let ticket = casey.create_ticket("Help").await;
        let mut at = agent(&app).get(&events(&ticket)).await.expect(200);
        for _ in 0..20 {
            casey.say(&ticket, &"x".repeat(8_000)).await;
        }
        let (mut seen, mut polls) = (0, 0);
        while seen < 20 {
            let answer = agent(&app).get(&since(&ticket, &at, 0)).await;
            assert!(answer.body.len() < 40_000, "{}", answer.body.len());
            at = answer.expect(200);
            for event in durable(at["events"].as_array().unwrap()) {
                seen += 1;
                assert_eq!(event["data"]["seq"], seen);
            }
            assert_eq!(at["position"]["public"], seen);
            polls += 1;
        }
        assert!((5..=20).contains(&polls), "{polls}");
    }
}
