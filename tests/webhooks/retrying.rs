//! What happens when a receiver does not take what it is sent.

use std::time::Duration;

use super::*;
use crate::{harness::*, on_each_database};

/// Waits until the try of the delivery that is first is noted, and gives when the next one is planned.
async fn planned(app: &TestApp, hook: &Hook, hands: &Hands, tries: i32) -> Timestamp {
    let mut next = hands.now();
    eventually("the try is noted", async || {
        let first = hook.deliveries(app, "pending").await[0].clone();
        next = time(&first["nextAttemptAt"]);
        // While it is tried, its time is not in the future.
        first["attempts"] == tries && next > hands.now()
    })
    .await;
    next
}

on_each_database! {
    async fn a_delivery_that_always_fails_is_given_up_and_can_be_replayed(database) {
        let (app, hands) = start_with_clock(database).await;
        // What waits for days behind others gets one try: so this receiver is only sick for one message.
        let receiver = Receiver::answering(|it| {
            Respond::Status(if it.data()["message"] == "first" { 500 } else { 200 })
        })
        .await;
        let hook = Hook::register(&app, &receiver, json!({ "events": ["message.created"] })).await;
        let mut rita = app.customer("rita").await;
        let ticket = rita.create_ticket("Help").await;
        rita.say(&ticket, "first").await;
        rita.say(&ticket, "second").await;
        let mut last = hands.now();
        // The plan, within a fifth.
        for (tries, seconds) in (1..).zip([5, 30, 120, 600, 1_800, 3_600, 7_200, 14_400, 28_800, 28_800]) {
            let next = planned(&app, &hook, &hands, tries).await;
            let wait = last.until(next);
            let plan = Duration::from_secs(seconds);
            let slack = Duration::from_millis(1);
            assert!(wait + slack >= plan.mul_f64(0.8) && wait <= plan.mul_f64(1.2) + slack, "{wait:?}");
            hands.clock.set(next);
            last = next;
        }
        eventually("it is dead", async || hook.deliveries(&app, "dead").await.len() == 1).await;
        let dead = hook.deliveries(&app, "dead").await.remove(0);
        assert_eq!((&dead["attempts"], &dead["lastStatus"]), (&json!(11), &json!(500)));
        eventually("the next one goes on", async || hook.deliveries(&app, "delivered").await.len() == 1).await;
        assert_eq!(receiver.received().len(), 12);

        receiver.answer(|_| Respond::Status(200));
        let replay = hook.path(&format!("/deliveries/{}/replay", dead["id"].as_str().unwrap()));
        let queued = admin(&app).post(&replay, json!({})).await.expect(202)["delivery"].clone();
        assert_eq!((&queued["id"], &queued["state"], &queued["attempts"]), (&dead["id"], &json!("pending"), &json!(0)));
        let again = receiver.wait_for(13).await.pop().unwrap();
        assert_eq!((again.id(), again.data()["message"].clone()), (receiver.received()[0].id(), json!("first")));
        eventually("it is noted", async || hook.deliveries(&app, "delivered").await.len() == 2).await;
        let metrics = app.anonymous_api().get("/metrics").await;
        for outcome in ["delivered", "failed", "dead"] {
            assert!(metrics.text().contains(&format!("deskwire_webhook_deliveries_total{{outcome=\"{outcome}\"}}")));
        }
    }
}

fn time(value: &Value) -> Timestamp {
    Timestamp::from_system_time(humantime::parse_rfc3339(value.as_str().unwrap()).unwrap())
}

on_each_database! {
    async fn all_that_is_dead_can_be_replayed_in_order(database) {
        let (app, hands) = start_with_clock(database).await;
        let receiver = Receiver::answering(|_| Respond::Status(500)).await;
        let hook = Hook::register(&app, &receiver, json!({ "events": ["message.created"] })).await;
        let mut rita = app.customer("rita").await;
        let ticket = rita.create_ticket("Help").await;
        for text in ["1", "2", "3"] {
            rita.say(&ticket, text).await;
        }
        for tries in 1..=10 {
            let next = planned(&app, &hook, &hands, tries).await;
            hands.clock.set(next);
        }
        eventually("the first is dead", async || !hook.deliveries(&app, "dead").await.is_empty()).await;
        planned(&app, &hook, &hands, 1).await;
        hands.forward(Duration::from_secs(73 * 3_600));
        // What waited for more than three days is given up when it fails once more.
        eventually("all are dead", async || hook.deliveries(&app, "dead").await.len() == 3).await;
        rita.say(&ticket, "4").await;
        eventually("the fourth failed", async || {
            hook.deliveries(&app, "pending").await.first().is_some_and(|it| it["lastStatus"] == 500)
        })
        .await;
        let before = receiver.received().len();
        receiver.answer(|_| Respond::Status(200));
        let done = admin(&app).post(&hook.path("/replay"), json!({})).await.expect(202);
        assert_eq!(done, json!({ "replayed": 3, "hasMore": false }));
        let after = receiver.wait_for(before + 4).await.split_off(before);
        let texts: Vec<_> = after.iter().map(|it| it.data()["message"].clone()).collect();
        assert_eq!(texts, ["1", "2", "3", "4"]);
        let none = admin(&app).post(&hook.path("/replay"), json!({})).await.expect(202);
        assert_eq!(none["replayed"], 0);
        // Dead ones and delivered ones are forgotten in time.
        hands.forward(Duration::from_secs(31 * 24 * 3_600));
        eventually("all are forgotten", async || app.rows("webhook_deliveries") == 0).await;
    }
}

on_each_database! {
    async fn a_receiver_that_wants_to_be_left_alone_is(database) {
        let (app, hands) = start_with_clock(database).await;
        let receiver =
            Receiver::answering(|_| Respond::Header(503, "Retry-After", "3600".into())).await;
        let hook = Hook::register(&app, &receiver, json!({})).await;
        admin(&app).post(&hook.path("/test"), json!({})).await.expect(202);
        eventually("it is noted", async || {
            hook.deliveries(&app, "pending").await.first().is_some_and(|it| it["lastStatus"] == 503)
        })
        .await;
        let next = time(&hook.deliveries(&app, "pending").await[0]["nextAttemptAt"]);
        assert_eq!(hands.now().until(next), Duration::from_secs(3_600));
    }
}

on_each_database! {
    async fn a_receiver_that_is_gone_disables_its_webhook(database) {
        let app = start(database).await;
        let receiver = Receiver::answering(|_| Respond::Status(410)).await;
        let hook = Hook::register(&app, &receiver, json!({ "events": ["message.created"] })).await;
        let mut rita = app.customer("rita").await;
        let ticket = rita.create_ticket("Help").await;
        rita.say(&ticket, "1").await;
        rita.say(&ticket, "2").await;
        let show = async || admin(&app).get(&hook.path("")).await.expect(200)["webhook"].clone();
        eventually("it is disabled", async || show().await["enabled"] == false).await;
        assert!(show().await["disabledReason"].as_str().unwrap().contains("410"));
        assert_eq!(hook.deliveries(&app, "dead").await.len(), 1);
        rita.say(&ticket, "not recorded").await;
        receiver.answer(|_| Respond::Status(200));
        let enabled = admin(&app).patch(&hook.path(""), json!({ "enabled": true })).await.expect(200);
        assert!(enabled["webhook"].get("disabledReason").is_none());
        rita.say(&ticket, "3").await;
        let texts: Vec<_> = receiver.wait_for(3).await.iter().map(|it| it.data()["message"].clone()).collect();
        assert_eq!(texts, ["1", "2", "3"]);
    }
}

on_each_database! {
    async fn redirects_are_not_followed(database) {
        let app = start(database).await;
        let elsewhere = Receiver::start().await;
        let to = elsewhere.url("/elsewhere");
        let receiver = Receiver::answering(move |_| Respond::Header(307, "Location", to.clone())).await;
        let hook = Hook::register(&app, &receiver, json!({})).await;
        admin(&app).post(&hook.path("/test"), json!({})).await.expect(202);
        eventually("it failed", async || {
            hook.deliveries(&app, "pending").await.first().is_some_and(|it| it["lastStatus"] == 307)
        })
        .await;
        assert!(elsewhere.received().is_empty());
    }
}

on_each_database! {
    async fn an_answer_that_does_not_end_is_as_good_as_any_other(database) {
        let app = start(database).await;
        let receiver = Receiver::answering(|it| {
            if it.data()["message"] == "1" { Respond::Endless } else { Respond::Dripping }
        })
        .await;
        let hook = Hook::register(&app, &receiver, json!({ "events": ["message.created"] })).await;
        let mut rita = app.customer("rita").await;
        let ticket = rita.create_ticket("Help").await;
        rita.say(&ticket, "1").await;
        rita.say(&ticket, "2").await;
        eventually("both are delivered", async || hook.deliveries(&app, "delivered").await.len() == 2).await;
        assert_eq!(receiver.received().len(), 2);
    }
}

on_each_database! {
    async fn a_receiver_that_never_answers_holds_up_nobody_else_and_is_given_up_in_time(database) {
        let app = start(database).await;
        let (mute, well) = (Receiver::answering(|_| Respond::Never).await, Receiver::start().await);
        let slow = Hook::register(&app, &mute, json!({ "events": ["message.created"] })).await;
        Hook::register(&app, &well, json!({ "events": ["message.created"] })).await;
        let mut rita = app.customer("rita").await;
        // More tickets than tries of one webhook run at once.
        for n in 0..12 {
            let ticket = rita.create_ticket(&format!("Ticket {n}")).await;
            rita.say(&ticket, "x").await;
        }
        well.wait_for(12).await;
        assert_eq!(mute.wait_for(8).await.len(), 8, "of one webhook");
        eventually("the time is over", async || {
            let waiting = slow.deliveries(&app, "pending").await;
            waiting.iter().filter(|it| it["lastError"] == "The receiver took too long.").count() == 8
        })
        .await;
    }
}

on_each_database! {
    async fn a_restart_goes_on_where_it_stopped(database) {
        let mut app = start(database).await;
        let receiver = Receiver::answering(|_| Respond::Never).await;
        let hook = Hook::register(&app, &receiver, json!({ "events": ["message.created"] })).await;
        let mut rita = app.customer("rita").await;
        let ticket = rita.create_ticket("Help").await;
        rita.say(&ticket, "1").await;
        rita.say(&ticket, "2").await;
        receiver.wait_for(1).await;
        app.stop().await;
        let before = receiver.received().len();
        receiver.answer(|_| Respond::Status(200));
        app.restart().await;
        let after = receiver.wait_for(before + 2).await.split_off(before);
        let texts: Vec<_> = after.iter().map(|it| it.data()["message"].clone()).collect();
        assert_eq!(texts, ["1", "2"]);
        assert_eq!(after[0].id(), receiver.received()[0].id());
        eventually("both are noted", async || hook.deliveries(&app, "delivered").await.len() == 2).await;
        // What was broken off did not count.
        assert_eq!(hook.deliveries(&app, "delivered").await[0]["attempts"], 1);
    }
}
