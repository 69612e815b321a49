//! What admins do with webhooks, and nobody else.

use super::*;
use crate::{harness::*, on_each_database};

on_each_database! {
    async fn only_admins_have_anything_to_do_with_webhooks(database) {
        let app = start(database).await;
        let receiver = Receiver::start().await;
        let hook = Hook::register(&app, &receiver, json!({})).await;
        let requests = [
            ("GET", "/api/webhooks".to_owned()),
            ("POST", "/api/webhooks".to_owned()),
            ("GET", hook.path("")),
            ("PATCH", hook.path("")),
            ("DELETE", hook.path("")),
            ("POST", hook.path("/secret")),
            ("GET", hook.path("/deliveries")),
            ("POST", hook.path("/deliveries/1/replay")),
            ("POST", hook.path("/replay")),
            ("POST", hook.path("/test")),
        ];
        for (method, path) in requests {
            let body = || (method != "GET").then(|| json!({ "url": receiver.url("/") }));
            for role in [Role::Customer, Role::Agent] {
                let refused = app.api("someone", role).send(method, &path, body()).await.error(403);
                assert_eq!(refused["code"], "forbidden", "{role}: {method} {path}");
            }
            assert_eq!(app.anonymous_api().send(method, &path, body()).await.status, 401, "{method} {path}");
            let missing = path.replace(&format!("webhooks/{}", hook.id), "webhooks/999");
            if missing != path {
                let refused = admin(&app).send(method, &missing, body()).await.error(404);
                assert!(refused["message"].as_str().unwrap().starts_with("There is no such"), "{method} {path}");
            }
        }
        assert_eq!(admin(&app).get("/api/webhooks").await.expect(200)["webhooks"].as_array().unwrap().len(), 1);
    }
}

on_each_database! {
    async fn a_webhook_is_made_shown_changed_and_removed_and_its_secret_shown_once(database) {
        let app = start(database).await;
        let receiver = Receiver::answering(|_| Respond::Status(500)).await;
        let secret = "whsec_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";
        let wanted = json!({
            "url": receiver.url("/a#fragment"),
            "secret": secret,
            "events": ["ticket.rated", "message.created", "ticket.rated"],
            "description": " <b>CRM</b> ",
        });
        let made = admin(&app).post("/api/webhooks", wanted).await.expect(201);
        assert_eq!(made["secret"], secret);
        let webhook = &made["webhook"];
        assert_eq!(webhook["url"], receiver.url("/a"));
        assert_eq!(webhook["events"], json!(["message.created", "ticket.rated"]));
        assert_eq!((&webhook["description"], &webhook["enabled"], &webhook["internal"]), (&json!("CRM"), &json!(true), &json!(false)));
        let hook = Hook { id: webhook["id"].as_str().unwrap().to_owned(), secret: secret.to_owned() };
        let mut rita = app.customer("rita").await;
        let ticket = rita.create_ticket("Help").await;
        rita.say(&ticket, "x").await;
        receiver.wait_for(1).await;
        let shown = admin(&app).get(&hook.path("")).await;
        let all = admin(&app).get("/api/webhooks").await;
        let sent = admin(&app).get(&hook.path("/deliveries")).await;
        assert_eq!(shown.expect(200)["webhook"], made["webhook"]);
        assert_eq!(all.expect(200)["webhooks"], json!([made["webhook"]]));
        for answer in [shown, all, sent] {
            assert!(!answer.text().contains("whsec_") && !answer.text().contains("AAAAAAAA"));
        }
        let change = json!({ "enabled": false, "events": [], "internal": true, "description": "", "url": receiver.url("/b") });
        let changed = admin(&app).patch(&hook.path(""), change).await.expect(200)["webhook"].clone();
        assert_eq!((&changed["events"], &changed["url"]), (&json!([]), &json!(receiver.url("/b"))));
        assert_eq!((&changed["enabled"], &changed["internal"], &changed["description"]), (&json!(false), &json!(true), &json!("")));
        rita.say(&ticket, "nobody is told").await;
        assert_eq!(app.rows("webhook_deliveries"), 1);
        assert_eq!(admin(&app).delete(&hook.path("")).await.status, 204);
        assert_eq!(admin(&app).get(&hook.path("")).await.status, 404);
        assert_eq!(admin(&app).delete(&hook.path("")).await.status, 404);
        eventually("its deliveries are gone", async || {
            app.rows("webhook_deliveries") == 0 && app.rows("webhooks") == 0
        })
        .await;
    }
}

on_each_database! {
    async fn what_is_no_webhook_is_refused_by_field(database) {
        let app = start(database).await;
        let url = "http://127.0.0.1:9/";
        for (wanted, field) in [
            (json!({}), "url"),
            (json!({ "url": "nonsense" }), "url"),
            (json!({ "url": "ftp://127.0.0.1/" }), "url"),
            (json!({ "url": "http://me:pw@127.0.0.1/" }), "url"),
            (json!({ "url": format!("http://127.0.0.1/{}", "a".repeat(2_048)) }), "url"),
            (json!({ "url": url, "events": ["message.created", "message.read"] }), "events[1]"),
            (json!({ "url": url, "events": ["ping"] }), "events[0]"),
            (json!({ "url": url, "secret": "whsec_short" }), "secret"),
            (json!({ "url": url, "secret": "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA" }), "secret"),
            (json!({ "url": url, "description": "x".repeat(201) }), "description"),
            (json!({ "url": url, "internal": "yes" }), "internal"),
        ] {
            let refused = admin(&app).post("/api/webhooks", wanted.clone()).await.error(400);
            assert_eq!(refused["field"], field, "{wanted}");
        }
        assert_eq!(app.rows("webhooks"), 0);
        let made = json!({ "url": url, "enabled": false });
        let mut ids = Vec::new();
        for _ in 0..50 {
            let made = admin(&app).post("/api/webhooks", made.clone()).await.expect(201);
            ids.push(made["webhook"]["id"].as_str().unwrap().to_owned());
        }
        assert_eq!(admin(&app).post("/api/webhooks", made.clone()).await.error(409)["code"], "conflict");
        for (change, field) in
            [(json!({ "url": "x" }), "url"), (json!({ "events": ["x"] }), "events[0]"), (json!({ "enabled": 1 }), "enabled")]
        {
            let path = format!("/api/webhooks/{}", ids[0]);
            assert_eq!(admin(&app).patch(&path, change).await.error(400)["field"], field);
        }
        let path = format!("/api/webhooks/{}/secret", ids[0]);
        let refused = admin(&app).post(&path, json!({ "overlapSeconds": 604_801 })).await.error(400);
        assert_eq!(refused["field"], "overlapSeconds");
    }
}

on_each_database! {
    async fn after_a_change_of_secrets_both_sign_for_a_while(database) {
        let app = start(database).await;
        let receiver = Receiver::start().await;
        let hook = Hook::register(&app, &receiver, json!({})).await;
        let changed = admin(&app).post(&hook.path("/secret"), json!({})).await.expect(200);
        let second = changed["secret"].as_str().unwrap().to_owned();
        assert!(changed["webhook"]["previousSecretUntil"].is_string());
        admin(&app).post(&hook.path("/test"), json!({})).await.expect(202);
        let both = receiver.wait_for(1).await.remove(0);
        assert!(both.is_signed_with(&hook.secret) && both.is_signed_with(&second));
        assert_eq!(both.headers["webhook-signature"].to_str().unwrap().split(' ').count(), 2);
        // At once, without a while.
        let changed = admin(&app).post(&hook.path("/secret"), json!({ "overlapSeconds": 0 })).await.expect(200);
        let third = changed["secret"].as_str().unwrap().to_owned();
        assert!(changed["webhook"].get("previousSecretUntil").is_none());
        admin(&app).post(&hook.path("/test"), json!({})).await.expect(202);
        let one = receiver.wait_for(2).await.remove(1);
        assert!(one.is_signed_with(&third) && !one.is_signed_with(&second) && !one.is_signed_with(&hook.secret));
    }
}

on_each_database! {
    async fn a_secret_that_was_replaced_is_forgotten_when_it_ends(database) {
        let (app, hands) = start_with_clock(database).await;
        let receiver = Receiver::start().await;
        let hook = Hook::register(&app, &receiver, json!({})).await;
        admin(&app).post(&hook.path("/secret"), json!({ "overlapSeconds": 3_600 })).await.expect(200);
        let kept = || app.texts("SELECT COALESCE(previous_secret, '') AS text FROM webhooks");
        assert_eq!(kept(), std::slice::from_ref(&hook.secret));
        hands.forward(std::time::Duration::from_secs(3_601));
        admin(&app).post(&hook.path("/test"), json!({})).await.expect(202);
        let sent = receiver.wait_for(1).await.remove(0);
        assert_eq!(sent.headers["webhook-signature"].to_str().unwrap().split(' ').count(), 1);
        eventually("it is forgotten", async || kept() == [""]).await;
    }
}

on_each_database! {
    async fn a_ping_tries_a_webhook_out_and_deliveries_are_paged(database) {
        let app = start(database).await;
        let receiver = Receiver::start().await;
        let hook = Hook::register(&app, &receiver, json!({ "events": ["ticket.rated"] })).await;
        for _ in 0..3 {
            let queued = admin(&app).post(&hook.path("/test"), json!({})).await.expect(202)["delivery"].clone();
            assert_eq!((&queued["type"], &queued["state"]), (&json!("ping"), &json!("pending")));
        }
        let received = receiver.wait_for(3).await;
        assert_eq!(received[0].json()["type"], "ping");
        assert_eq!(received[0].data(), json!({ "webhookId": hook.id }));
        assert!(received[0].is_signed_with(&hook.secret));
        eventually("all are noted", async || hook.deliveries(&app, "delivered").await.len() == 3).await;
        let page = async |query: &str| admin(&app).get(&hook.path(&format!("/deliveries{query}"))).await.expect(200);
        let first = page("?limit=2").await;
        let ids = |page: &Value| -> Vec<i64> {
            let ids = page["deliveries"].as_array().unwrap().iter();
            ids.map(|it| it["id"].as_str().unwrap().parse().unwrap()).collect()
        };
        assert_eq!((ids(&first).len(), &first["hasMore"]), (2, &json!(true)));
        let rest = page(&format!("?limit=2&before={}&state=delivered", ids(&first)[1])).await;
        assert_eq!((ids(&rest).len(), &rest["hasMore"]), (1, &json!(false)));
        assert!(ids(&first)[0] > ids(&first)[1] && ids(&first)[1] > ids(&rest)[0]);
        for (query, field) in [("?state=lost", "state"), ("?limit=201", "limit"), ("?before=x", "before")] {
            let refused = admin(&app).get(&hook.path(&format!("/deliveries{query}"))).await.error(400);
            assert_eq!(refused["field"], field);
        }
    }
}
