//! Requests that are not as they should be, and what they cost.

use std::time::Duration;

use deskwire::domain::{Rate, Role};

use crate::{harness::*, on_each_database};

on_each_database! {
    async fn without_a_good_token_nothing_is_answered(database) {
        let app = TestApp::start(database).await;
        let paths = ["/api/tickets", "/api/tickets/1", "/api/me", "/api/search?query=x", "/api/notifications"];
        for path in paths {
            let missing = app.anonymous_api().get(path).await;
            assert_eq!(missing.error(401)["code"], "unauthenticated", "{path}");
            assert_eq!(missing.header("www-authenticate"), Some("Bearer"));
            let bad = app.anonymous_api().with("Authorization", "Bearer x.y.z").get(path).await;
            assert_eq!(bad.error(401)["code"], "authentication_failed", "{path}");
        }
        let old = app.token_for("rita", Role::Customer, Duration::ZERO);
        let expired = app.anonymous_api().with("Authorization", &format!("Bearer {old}"));
        assert_eq!(expired.get("/api/tickets").await.error(401)["code"], "token_expired");
        assert_eq!(app.rows("users"), 0);
    }
}

on_each_database! {
    async fn a_body_that_is_no_command_is_refused_with_the_field_at_fault(database) {
        let app = TestApp::start(database).await;
        let rita = app.api("rita", Role::Customer);
        let json = rita.with("Content-Type", "application/json");
        for (body, field) in [
            ("", "subject"), ("{", "body"), ("[]", "body"), ("null", "body"), ("\"x\"", "body"), ("{}", "subject"),
            ("{\"subject\":1}", "subject"), ("{\"subject\":\"x\",\"subject\":\"y\"}", "subject"),
            ("{\"subject\":\"\"}", "subject"), ("{\"subject\":\"x\"} y", "body"), ("\u{feff}{}", "body"),
        ] {
            let error = json.send_bytes("POST", "/api/tickets", body.as_bytes()).await.error(400);
            assert_eq!((&error["code"], &error["field"]), (&json!("invalid_payload"), &json!(field)), "{body}");
        }
        let error = json.send_bytes("POST", "/api/tickets", b"{\"subject\":\"\xff\"}").await.error(400);
        assert_eq!(error["field"], "body");
        let form = rita.with("Content-Type", "application/x-www-form-urlencoded");
        let error = form.send_bytes("POST", "/api/tickets", b"subject=x").await.error(415);
        assert_eq!(error["code"], "unsupported_media_type");
        assert_eq!(rita.get("/api/tickets").await.expect(200)["tickets"], json!([]));
    }
}

on_each_database! {
    async fn a_path_that_names_nothing_is_not_found_and_a_query_is_checked(database) {
        let app = TestApp::start(database).await;
        let alex = app.api("alex", Role::Agent);
        for id in ["x", "-1", "999", "9223372036854775808", "%00", "1%2F2", "", "1/x"] {
            assert_eq!(alex.get(&format!("/api/tickets/{id}")).await.status, 404);
        }
        for (query, field) in [
            ("limit=x", "limit"), ("limit=-1", "limit"), ("limit=0", "limit"), ("limit=201", "limit"),
            ("status=gone", "status"), ("cursor=x", "cursor"), ("limit=1&limit=2", "limit"),
        ] {
            let error = alex.get(&format!("/api/tickets?{query}")).await.error(400);
            assert_eq!((&error["code"], &error["field"]), (&json!("invalid_payload"), &json!(field)), "{query}");
        }
        assert_eq!(alex.get("/api/search").await.error(400)["field"], "query");
    }
}

on_each_database! {
    async fn another_method_is_told_which_ones_there_are(database) {
        let app = TestApp::start(database).await;
        let answer = app.api("alex", Role::Agent).delete("/api/tickets/1").await;
        assert_eq!((answer.status, answer.header("allow")), (405, Some("GET, PATCH")));
        let head = app.api("alex", Role::Agent).send("HEAD", "/api/tickets", None).await;
        assert_eq!((head.status, head.body.len()), (200, 0));
        assert!(head.header("etag").is_some());
        assert_eq!(app.api("alex", Role::Agent).delete("/api/nothing").await.error(404)["code"], "not_found");
    }
}

on_each_database! {
    async fn a_command_costs_what_it_costs_on_the_socket(database) {
        let app = TestApp::with(database, |settings| {
            settings.limits.message = Rate { per_second: 0.001, burst: 2 };
        })
        .await;
        let mut rita = app.customer("rita").await;
        let id = rita.create_ticket("Help").await;
        rita.say(&id, "one").await;
        let api = app.api("rita", Role::Customer);
        let path = format!("/api/tickets/{id}/messages");
        api.post(&path, json!({ "message": "two" })).await.expect(201);
        let limited = api.post(&path, json!({ "message": "three" })).await;
        assert_eq!(limited.error(429)["code"], "rate_limited");
        assert!(limited.header("retry-after").unwrap().parse::<u64>().unwrap() >= 1);
        api.get(&path).await.expect(200);
        assert_eq!(rita.refused("send_message", json!({ "ticketId": id, "message": "x" })).await["code"], "rate_limited");
    }
}

on_each_database! {
    async fn refused_tokens_are_charged_to_the_address(database) {
        let app = TestApp::with(database, |settings| {
            settings.limits.auth = Rate { per_second: 0.001, burst: 2 };
        })
        .await;
        let bad = app.anonymous_api().with("Authorization", "Bearer x.y.z");
        for _ in 0..2 {
            bad.get("/api/me").await.error(401);
        }
        assert_eq!(bad.get("/api/me").await.error(429)["code"], "rate_limited");
        app.api("rita", Role::Customer).get("/api/me").await.expect(200);
    }
}

on_each_database! {
    async fn a_body_over_the_limit_is_refused_before_it_is_read_and_while_it_is(database) {
        let app = TestApp::with(database, |settings| {
            settings.bounds.frame_bytes = 20_000;
            settings.bounds.unauthenticated_frame_bytes = 8_192;
        })
        .await;
        let rita = app.api("rita", Role::Customer).with("Content-Type", "application/json");
        let body = json!({ "subject": "x", "more": "x".repeat(20_000) }).to_string();
        assert_eq!(rita.send_refused("POST", "/api/tickets", body.as_bytes()).await.error(413)["code"], "too_large");
        let answer = rita.send_refused_chunk("POST", "/api/tickets", body.as_bytes()).await;
        assert_eq!(answer.error(413)["code"], "too_large");
        assert_eq!(app.rows("tickets"), 0);
    }
}

on_each_database! {
    async fn bodies_share_the_memory_that_frames_share(database) {
        let app = TestApp::with(database, |settings| {
            settings.bounds.inbound_bytes = 1_048_576;
            settings.bounds.frame_bytes = 1_048_576;
        })
        .await;
        let rita = app.api("rita", Role::Customer).with("Content-Type", "application/json");
        let body = json!({ "subject": "x", "more": "x".repeat(1_000_000) }).to_string();
        // An eighth is kept for what is small.
        let answer = rita.send_refused("POST", "/api/tickets", body.as_bytes()).await;
        assert_eq!(answer.error(503)["code"], "overloaded");
        rita.post("/api/tickets", json!({ "subject": "x" })).await.expect(201);
    }
}
