//! What a helpdesk's own server does: users made known, notifications and events in its own words.

use deskwire::domain::Role;
use serde_json::Value;

use crate::{harness::*, on_each_database};

/// Everything that only admins may do, as method, path and body.
pub(super) fn administration() -> Vec<(&'static str, &'static str, Option<Value>)> {
    let event = json!({ "name": "x", "data": {} });
    vec![
        ("PUT", "/api/users/casey", Some(json!({ "name": "Casey" }))),
        ("POST", "/api/users/casey/notifications", Some(json!({ "kind": "x", "title": "x", "body": "x" }))),
        ("POST", "/api/users/casey/events", Some(event.clone())),
        ("POST", "/api/announcements", Some(event)),
        ("DELETE", "/api/users/casey", None),
        ("GET", "/api/admin/connections", None),
        ("GET", "/api/admin/rooms", None),
        ("GET", "/api/admin/queues", None),
        ("POST", "/api/admin/users/casey/disconnect", None),
        ("POST", "/api/admin/users/casey/revoke", None),
        ("POST", "/api/admin/users/casey/disable", None),
        ("POST", "/api/admin/users/casey/enable", None),
    ]
}

on_each_database! {
    async fn only_admins_administer(database) {
        let app = TestApp::start(database).await;
        let mut casey = app.customer("casey").await;
        for (method, path, body) in administration() {
            for role in [Role::Customer, Role::Agent] {
                let answer = app.api("someone", role).send(method, path, body.clone()).await;
                assert_eq!(answer.error(403)["code"], "forbidden", "{role}: {method} {path}");
            }
            let answer = app.anonymous_api().send(method, path, body.clone()).await;
            assert_eq!(answer.error(401)["code"], "unauthenticated", "{method} {path}");
        }
        casey.ok("ping", json!({})).await;
        for name in ["notification", "custom_event", "announcement"] {
            assert!(casey.events_so_far(name).await.is_empty());
        }
        assert_eq!(app.rows("users WHERE disabled OR tokens_valid_after > 0 OR erased_at IS NOT NULL"), 0);
    }
}

on_each_database! {
    async fn a_user_is_known_before_their_first_token(database) {
        let app = TestApp::start(database).await;
        let root = app.api("root", Role::Admin);
        let made = root.put("/api/users/ada", json!({ "name": " <b>Ada</b>  Lovelace ", "role": "agent", "email": "ada@example.com" })).await;
        assert_eq!(made.expect(201), json!({ "user": { "id": "ada", "name": "Ada Lovelace", "role": "agent" }, "email": "ada@example.com" }));
        // What is not given stays; what is known is answered with 200.
        let changed = root.put("/api/users/ada", json!({ "name": "Ada L." })).await.expect(200);
        assert_eq!(changed, json!({ "user": { "id": "ada", "name": "Ada L.", "role": "agent" }, "email": "ada@example.com" }));
        assert_eq!(root.put("/api/users/casey", json!({ "name": "Casey" })).await.expect(201)["user"]["role"], "customer");

        let mut alex = app.agent("alex").await;
        let ticket = json!({ "subject": "x", "requesterId": "casey", "participants": ["ada"] });
        let ticket = alex.ok("create_ticket", ticket).await["ticket"].clone();
        assert_eq!(ticket["requester"], json!({ "id": "casey", "name": "Casey", "role": "customer" }));
        // Their own token says it anew.
        app.customer("ada").await;
        let seen = alex.ok("get_ticket", json!({ "ticketId": ticket["id"] })).await;
        assert_eq!(seen["ticket"]["participants"][0], json!({ "id": "ada", "name": "Ada", "role": "customer" }));
    }
}

on_each_database! {
    async fn a_user_who_is_connected_keeps_the_role_of_their_token(database) {
        let app = TestApp::start(database).await;
        let (mut casey, mut alex) = (app.customer("casey").await, app.agent("alex").await);
        let ticket = casey.create_ticket("Help").await;
        app.api("root", Role::Admin).put("/api/users/alex", json!({ "name": "Alex", "role": "customer" })).await.expect(200);
        alex.ok("get_ticket", json!({ "ticketId": ticket })).await;
        // The next token says what holds then.
        app.agent("alex").await.ok("get_ticket", json!({ "ticketId": ticket })).await;
        assert_eq!(app.texts("SELECT role AS text FROM users WHERE id = 'alex'"), ["agent"]);
    }
}

on_each_database! {
    async fn bodies_that_describe_no_user_are_refused(database) {
        let app = TestApp::start(database).await;
        let root = app.api("root", Role::Admin);
        for (body, field) in [
            (json!({}), "name"),
            (json!({ "name": 7 }), "name"),
            (json!({ "name": "" }), "name"),
            (json!({ "name": "<b></b>" }), "name"),
            (json!({ "name": "x".repeat(101) }), "name"),
            (json!({ "name": "x", "role": "root" }), "role"),
            (json!({ "name": "x", "email": "y".repeat(255) }), "email"),
        ] {
            let error = root.put("/api/users/casey", body.clone()).await.error(400);
            assert_eq!((&error["code"], &error["field"]), (&json!("invalid_payload"), &json!(field)), "{body}");
        }
        let long = format!("/api/users/{}", "x".repeat(129));
        assert_eq!(root.put(&long, json!({ "name": "x" })).await.error(404)["code"], "not_found");
        for raw in [&b"["[..], b"{", b"7", b"{\"name\":\"x\"}{}", b"\xff\xfe", b"{\"name\":\"a\",\"name\":\"b\"}"] {
            let answer = root.with("Content-Type", "application/json").send_bytes("PUT", "/api/users/casey", raw).await;
            assert_eq!(answer.error(400)["code"], "invalid_payload", "{raw:?}");
        }
        let large = json!({ "name": "x", "more": "y".repeat(70_000) });
        let json = root.with("Content-Type", "application/json");
        let refused = json.send_refused("PUT", "/api/users/casey", large.to_string().as_bytes()).await;
        assert_eq!(refused.error(413)["code"], "too_large");
        assert_eq!(app.rows("users WHERE id = 'casey'"), 0);
    }
}

on_each_database! {
    async fn a_notification_from_outside_is_told_live_and_kept(database) {
        let mut app = TestApp::start(database).await;
        let (mut casey, root) = (app.customer("casey").await, app.api("root", Role::Admin));
        let ticket = casey.create_ticket("Help").await;
        let new = json!({
            "kind": "order.shipped", "title": "On its way <3", "body": "Your <b>order</b>\nis on its way.",
            "ticketId": ticket, "link": "/orders/7", "data": { "order": 7, "parts": ["a", null] },
        });
        let given = root.post("/api/users/casey/notifications", new).await.expect(201)["notification"].clone();
        assert_eq!(casey.event("notification").await, given);
        assert_eq!((&given["kind"], &given["title"]), (&json!("order.shipped"), &json!("On its way <3")));
        assert_eq!((&given["body"], &given["link"]), (&json!("Your order is on its way."), &json!("/orders/7")));
        assert_eq!((&given["ticketId"], &given["data"]), (&json!(ticket), &json!({ "order": 7, "parts": ["a", null] })));
        let plain = json!({ "kind": "hello", "title": "T", "body": "B", "link": "https://shop.example" });
        let plain = root.post("/api/users/casey/notifications", plain).await.expect(201)["notification"].clone();
        assert!(plain.get("ticketId").is_none() && plain.get("data").is_none(), "{plain}");
        assert_eq!(plain["link"], "https://shop.example/");

        app.restart().await;
        let mut casey = app.customer("casey").await;
        let listed = casey.ok("get_notifications", json!({})).await;
        assert_eq!((&listed["notifications"], &listed["unread"]), (&json!([plain, given]), &json!(2)));
        casey.ok("mark_notification_read", json!({ "notificationId": given["id"] })).await;
        assert_eq!(casey.ok("get_notifications", json!({ "unreadOnly": true })).await["notifications"], json!([plain]));
        let mut dana = app.customer("dana").await;
        assert_eq!(dana.ok("get_notifications", json!({})).await["notifications"], json!([]));
    }
}

on_each_database! {
    async fn a_notification_names_only_a_ticket_that_its_user_sees(database) {
        let app = TestApp::start(database).await;
        let (mut casey, mut dana, mut alex) = (app.customer("casey").await, app.customer("dana").await, app.agent("alex").await);
        let ticket = casey.create_ticket("Help").await;
        let root = app.api("root", Role::Admin);
        let new = |ticket: &str| json!({ "kind": "k", "title": "t", "body": "b", "ticketId": ticket });
        for (user, ticket) in [("dana", ticket.as_str()), ("casey", "999999")] {
            let error = root.post(&format!("/api/users/{user}/notifications"), new(ticket)).await.error(404);
            assert_eq!((&error["code"], &error["field"]), (&json!("not_found"), &json!("ticketId")));
        }
        root.post("/api/users/alex/notifications", new(&ticket)).await.expect(201);
        alex.event("notification").await;
        alex.ok("add_participant", json!({ "ticketId": ticket, "userId": "dana" })).await;
        root.post("/api/users/dana/notifications", new(&ticket)).await.expect(201);
        let kinds = async |client: &mut WsClient| {
            let listed = client.ok("get_notifications", json!({})).await;
            let all = listed["notifications"].as_array().unwrap().clone();
            all.iter().map(|it| it["kind"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
        };
        assert_eq!(kinds(&mut dana).await, ["k", "participant_added"]);
        // Whoever loses the ticket loses what was told of it.
        alex.ok("remove_participant", json!({ "ticketId": ticket, "userId": "dana" })).await;
        assert_eq!(kinds(&mut dana).await, ["participant_removed"]);
    }
}

on_each_database! {
    async fn a_retry_of_a_notification_is_given_once(database) {
        let app = TestApp::start(database).await;
        let mut casey = app.customer("casey").await;
        app.customer("dana").await;
        let root = app.api("root", Role::Admin).with("Idempotency-Key", "ship-7");
        let new = json!({ "kind": "k", "title": "t", "body": "b" });
        let first = root.post("/api/users/casey/notifications", new.clone()).await.expect(201);
        let again = root.post("/api/users/casey/notifications", new.clone()).await.expect(200);
        assert_eq!((&again["duplicate"], &again["notification"]), (&json!(true), &first["notification"]));
        assert!(first.get("duplicate").is_none());
        let other = json!({ "kind": "k", "title": "t", "body": "c" });
        for (user, body) in [("casey", other), ("dana", new.clone())] {
            let error = root.post(&format!("/api/users/{user}/notifications"), body).await.error(409);
            assert_eq!((&error["code"], &error["field"]), (&json!("conflict"), &json!("Idempotency-Key")));
        }
        // The key is one of this admin's; without one, each is another.
        app.api("boss", Role::Admin).with("Idempotency-Key", "ship-7").post("/api/users/casey/notifications", new.clone()).await.expect(201);
        for _ in 0..2 {
            app.api("root", Role::Admin).post("/api/users/casey/notifications", new.clone()).await.expect(201);
        }
        assert_eq!(app.rows("notifications"), 4);
        for _ in 0..4 {
            casey.event("notification").await;
        }
        assert!(casey.events_so_far("notification").await.is_empty());
    }
}

on_each_database! {
    async fn notifications_that_would_do_harm_are_refused(database) {
        let app = TestApp::start(database).await;
        let mut casey = app.customer("casey").await;
        let root = app.api("root", Role::Admin);
        let with = |name: &str, value: Value| {
            let mut new = json!({ "kind": "k", "title": "t", "body": "b" });
            new[name] = value;
            new
        };
        let deep = (0..16).fold(json!({}), |inner, _| json!({ "a": inner }));
        for (new, field) in [
            (json!({}), "kind"),
            (with("kind", json!("new_message")), "kind"),
            (with("kind", json!("participant_removed")), "kind"),
            (with("kind", json!("Upper")), "kind"),
            (with("kind", json!("a".repeat(65))), "kind"),
            (with("title", json!("")), "title"),
            (with("title", json!("x".repeat(201))), "title"),
            (with("body", json!("\u{202e}")), "body"),
            (with("body", json!("x".repeat(1_001))), "body"),
            (with("ticketId", json!("x")), "ticketId"),
            (with("link", json!("javascript:alert(1)")), "link"),
            (with("link", json!("//evil.example")), "link"),
            (with("link", json!("/\\evil.example")), "link"),
            (with("link", json!(format!("/{}", "x".repeat(2_048)))), "link"),
            (with("data", json!([1])), "data"),
            (with("data", json!("{}")), "data"),
            (with("data", deep), "data"),
            (with("data", json!({ "a": "x".repeat(4_096) })), "data"),
        ] {
            let error = root.post("/api/users/casey/notifications", new.clone()).await.error(400);
            assert_eq!((&error["code"], &error["field"]), (&json!("invalid_payload"), &json!(field)), "{new}");
        }
        let half = br#"{"kind":"k","title":"t","body":"b","data":{"a":"\ud800"}}"#;
        let answer = root.with("Content-Type", "application/json").send_bytes("POST", "/api/users/casey/notifications", half).await;
        assert_eq!(answer.error(400)["field"], "data");
        let error = root.post("/api/users/nobody/notifications", with("kind", json!("k"))).await.error(404);
        assert_eq!((&error["code"], &error["field"]), (&json!("not_found"), &json!("userId")));
        assert_eq!(app.rows("notifications"), 0);
        assert!(casey.events_so_far("notification").await.is_empty());
    }
}

on_each_database! {
    async fn notifications_from_outside_count_among_those_that_are_kept_and_go_with_their_user(database) {
        let app = TestApp::start(database).await;
        app.customer("casey").await;
        let root = app.api("root", Role::Admin);
        root.post("/api/users/casey/notifications", json!({ "kind": "k", "title": "secret", "body": "b" })).await.expect(201);
        assert_eq!(app.rows("notifications WHERE title = 'secret'"), 1);
        root.delete("/api/users/casey").await.expect(202);
        assert_eq!(app.rows("notifications"), 0);
        let error = root.post("/api/users/casey/notifications", json!({ "kind": "k", "title": "t", "body": "b" })).await.error(404);
        assert_eq!(error["field"], "userId");
        assert_eq!(root.put("/api/users/casey", json!({ "name": "Casey" })).await.error(409)["code"], "conflict");
        assert_eq!(app.rows("users WHERE name = 'Erased user'"), 1);
    }
}

on_each_database! {
    async fn an_event_of_ones_own_reaches_the_users_connections_and_nobody_elses(database) {
        let app = TestApp::start(database).await;
        let (mut one, mut two, mut dana) = (app.customer("casey").await, app.customer("casey").await, app.customer("dana").await);
        let root = app.api("root", Role::Admin);
        let event = json!({ "name": "cart.updated", "data": { "items": 3, "note": "</script>é" } });
        let sent = root.post("/api/users/casey/events", event.clone()).await.expect(200);
        assert_eq!(sent, json!({ "connections": 2 }));
        for client in [&mut one, &mut two] {
            let frame = client.frame(|frame| frame["event"] == "custom_event").await;
            assert_eq!(frame, json!({ "event": "custom_event", "data": event }));
        }
        assert_eq!(root.post("/api/users/nobody/events", event.clone()).await.expect(200), json!({ "connections": 0 }));

        let mut unknown = app.open().await;
        let told = root.post("/api/announcements", json!({ "name": "maintenance", "data": {} })).await.expect(200);
        assert_eq!(told, json!({ "connections": 3 }));
        for client in [&mut one, &mut two, &mut dana] {
            assert_eq!(client.event("announcement").await, json!({ "name": "maintenance", "data": {} }));
        }
        assert!(dana.events_so_far("custom_event").await.is_empty());
        unknown.refused("ping", json!({})).await;
        assert!(unknown.all_kept().iter().all(|frame| frame["event"] != "announcement"), "nobody is there");
    }
}

on_each_database! {
    async fn events_that_are_none_are_refused(database) {
        let app = TestApp::start(database).await;
        let mut casey = app.customer("casey").await;
        let root = app.api("root", Role::Admin);
        for path in ["/api/users/casey/events", "/api/announcements"] {
            for (body, field) in [
                (json!({}), "name"),
                (json!({ "name": "x" }), "data"),
                (json!({ "name": "X", "data": {} }), "name"),
                (json!({ "name": "a\",\"data\":1", "data": {} }), "name"),
                (json!({ "name": "x", "data": [] }), "data"),
                (json!({ "name": "x", "data": null }), "data"),
                (json!({ "name": "x", "data": { "a": "y".repeat(16_384) } }), "data"),
            ] {
                let error = root.post(path, body.clone()).await.error(400);
                assert_eq!((&error["code"], &error["field"]), (&json!("invalid_payload"), &json!(field)), "{path} {body}");
            }
            let fits = json!({ "name": "x", "data": { "a": "y".repeat(16_384 - 8) } });
            root.post(path, fits).await.expect(200);
        }
        casey.event("custom_event").await;
        casey.event("announcement").await;
        for name in ["custom_event", "announcement"] {
            assert!(casey.events_so_far(name).await.is_empty());
        }
    }
}
