//! Administration: looking at what is going on, and shutting users out.

use std::time::Duration;

use deskwire::{
    auth::{ClaimNames, Signer},
    domain::{Role, Secret, Timestamp, UserId},
};
use serde_json::Value;

use crate::{
    harness::{
        app::{SECRET, now},
        *,
    },
    on_each_database,
};

/// A token that is issued later by so many seconds: one of the second of a revocation is void with it.
fn token_later(id: &str, role: Role, seconds: i64) -> String {
    let signer = Signer::hs256(&Secret::new(SECRET), ClaimNames::default(), None);
    let at = Timestamp(now().0 + seconds * 1_000);
    signer.sign(&UserId::new(id).unwrap(), Some(id), role, Duration::from_secs(3_600), at).unwrap()
}

fn bearer(app: &TestApp, token: &str) -> Api {
    app.anonymous_api().with("Authorization", &format!("Bearer {token}"))
}

async fn refusal(app: &TestApp, token: &str) -> (Value, u16) {
    let mut client = app.open().await;
    client.send("authenticate", json!({ "token": token })).await;
    (client.event("authentication_error").await["code"].clone(), client.closed().await)
}

/// How a connection answers, or how it was closed.
async fn closed(mut client: WsClient) -> u16 {
    client.closed().await
}

on_each_database! {
    async fn connections_are_listed_with_where_they_are(database) {
        let app = TestApp::start(database).await;
        let (mut casey, mut alex) = (app.customer("casey").await, app.agent("alex").await);
        let mut again = app.agent("alex").await;
        let ticket = casey.create_ticket("Help").await;
        for client in [&mut casey, &mut alex, &mut again] {
            client.join(&ticket).await;
        }
        let unknown = app.open().await;
        let root = app.api("root", Role::Admin);
        let all = root.get("/api/admin/connections").await.expect(200);
        let ids: Vec<&Value> = all["connections"].as_array().unwrap().iter().map(|it| &it["id"]).collect();
        let expected: Vec<&Value> = [&casey, &alex, &again].map(|client| &client.hello["connectionId"]).into();
        assert_eq!((ids, &all["nextCursor"]), (expected, &Value::Null));
        let first = &all["connections"][0];
        assert_eq!(first["user"], json!({ "id": "casey", "name": "Casey", "role": "customer" }));
        assert_eq!((&first["address"], &first["transport"]), (&json!("127.0.0.1"), &json!("websocket")));
        assert_eq!((&first["rooms"], &first["outboxBytes"]), (&json!(1), &json!(0)));
        assert!(first["since"].is_string());

        let page = root.get("/api/admin/connections?userId=alex&limit=1").await.expect(200);
        assert_eq!(page["connections"].as_array().unwrap().len(), 1);
        let next = format!("/api/admin/connections?userId=alex&limit=1&after={}", page["nextCursor"].as_str().unwrap());
        let next = root.get(&next).await.expect(200);
        assert_eq!((&next["connections"][0]["id"], &next["nextCursor"]), (&again.hello["connectionId"], &Value::Null));
        for query in ["limit=0", "limit=201", "limit=x", "after=xyz", "userId="] {
            let answer = root.get(&format!("/api/admin/connections?{query}")).await;
            assert_eq!(answer.error(400)["code"], "invalid_payload", "{query}");
        }

        let rooms = root.get("/api/admin/rooms").await.expect(200);
        assert_eq!(rooms, json!({ "rooms": [{ "ticketId": ticket, "users": 2, "members": 3 }], "nextCursor": null }));
        assert_eq!(root.get(&format!("/api/admin/rooms?after={ticket}")).await.expect(200)["rooms"], json!([]));
        let queues = root.get("/api/admin/queues").await.expect(200);
        assert_eq!((&queues["connections"], &queues["authenticated"]), (&json!(4), &json!(3)));
        assert_eq!((&queues["draining"], &queues["signals"].as_array().unwrap().len()), (&json!(false), &2));
        assert!(queues["inboundBytesMax"].as_u64().unwrap() > 0 && queues["writes"].is_u64());
        drop(unknown);
    }
}

on_each_database! {
    async fn who_is_disconnected_may_come_back(database) {
        let app = TestApp::start(database).await;
        let (mut one, mut two, mut dana) = (app.customer("casey").await, app.customer("casey").await, app.customer("dana").await);
        let root = app.api("root", Role::Admin);
        assert_eq!(root.post("/api/admin/users/casey/disconnect", json!({})).await.expect(200), json!({ "connections": 2 }));
        assert_eq!((one.closed().await, two.closed().await), (1012, 1012));
        app.customer("casey").await.ok("ping", json!({})).await;
        dana.ok("ping", json!({})).await;
        assert_eq!(root.post("/api/admin/users/nobody/disconnect", json!({})).await.error(404)["field"], "userId");
    }
}

on_each_database! {
    async fn revoked_tokens_are_void_at_once_and_newer_ones_are_not(database) {
        let mut app = TestApp::start(database).await;
        let (mut casey, mut dana) = (app.customer("casey").await, app.customer("dana").await);
        let token = app.token("casey", Role::Customer);
        bearer(&app, &token).get("/api/tickets").await.expect(200);
        let root = app.api("root", Role::Admin);
        let revoked = root.post("/api/admin/users/casey/revoke", json!({})).await.expect(200);
        assert_eq!((&revoked["userId"], &revoked["disabled"]), (&json!("casey"), &json!(false)));
        assert!(revoked["tokensValidAfter"].is_string());
        assert_eq!(casey.closed().await, 4401);
        assert_eq!(bearer(&app, &token).get("/api/tickets").await.error(401)["code"], "authentication_failed");
        assert_eq!(refusal(&app, &token).await, (json!("authentication_failed"), 4401));
        dana.ok("ping", json!({})).await;

        let newer = token_later("casey", Role::Customer, 1);
        bearer(&app, &newer).get("/api/tickets").await.expect(200);
        let mut back = app.open().await;
        back.authenticate(&newer).await;
        app.restart().await;
        assert_eq!(refusal(&app, &token).await, (json!("authentication_failed"), 4401));
        bearer(&app, &newer).get("/api/tickets").await.expect(200);
        let root = app.api("root", Role::Admin);
        assert_eq!(root.post("/api/admin/users/nobody/revoke", json!({})).await.error(404)["field"], "userId");
    }
}

on_each_database! {
    async fn a_connection_with_a_newer_token_outlives_a_revocation_and_the_look_around_after_it(database) {
        let app = TestApp::with(database, |settings| settings.timing.heal_interval = Duration::from_millis(20)).await;
        let mut renewed = app.customer("casey").await;
        // Issued by a server whose clock is ahead; or renewed on the same connection just before.
        renewed.authenticate(&token_later("casey", Role::Customer, 60)).await;
        let old_token = app.token("casey", Role::Customer);
        let mut old = app.customer("casey").await;
        app.api("root", Role::Admin).post("/api/admin/users/casey/revoke", json!({})).await.expect(200);
        assert_eq!(old.closed().await, 4401);
        // The look-around comes every 20 ms, and a few of them must pass over it.
        for _ in 0..5 {
            let seen = app.api("root", Role::Admin).get("/api/admin/connections?userId=casey").await.expect(200);
            assert_eq!(seen["connections"].as_array().unwrap().len(), 1);
            app.customer("dana").await.create_ticket("x").await;
        }
        renewed.ok("ping", json!({})).await;
        // An older token on the same connection is refused as on a new one.
        renewed.send("authenticate", json!({ "token": old_token })).await;
        assert_eq!(renewed.closed().await, 4401);
    }
}

on_each_database! {
    async fn a_disabled_user_is_out_until_enabled(database) {
        let mut app = TestApp::start(database).await;
        let mut casey = app.customer("casey").await;
        let ticket = casey.create_ticket("Help").await;
        casey.join(&ticket).await;
        let root = app.api("root", Role::Admin);
        let disabled = root.post("/api/admin/users/casey/disable", json!({})).await.expect(200);
        assert_eq!(disabled, json!({ "userId": "casey", "disabled": true }));
        assert_eq!(casey.closed().await, 4403);
        let token = token_later("casey", Role::Customer, 5);
        assert_eq!(bearer(&app, &token).get("/api/tickets").await.error(403)["code"], "forbidden");
        assert_eq!(refusal(&app, &token).await, (json!("forbidden"), 4403));
        eventually("nobody is in the room", async || root.get("/api/admin/rooms").await.expect(200)["rooms"] == json!([])).await;

        app.restart().await;
        assert_eq!(refusal(&app, &token).await, (json!("forbidden"), 4403));
        let root = app.api("root", Role::Admin);
        let enabled = root.post("/api/admin/users/casey/enable", json!({})).await.expect(200);
        assert_eq!(enabled, json!({ "userId": "casey", "disabled": false }));
        bearer(&app, &token).get("/api/tickets").await.expect(200);
        app.customer("casey").await.ok("get_ticket", json!({ "ticketId": ticket })).await;
    }
}

on_each_database! {
    async fn an_admin_cannot_shut_themselves_out_for_good(database) {
        let app = TestApp::start(database).await;
        let root = app.api("root", Role::Admin);
        let mut client = app.connect("root", Role::Admin).await;
        assert_eq!(root.post("/api/admin/users/root/disable", json!({})).await.error(409)["code"], "conflict");
        assert_eq!(root.delete("/api/users/root").await.error(409)["code"], "conflict");
        client.ok("ping", json!({})).await;
        app.connect("boss", Role::Admin).await;
        root.post("/api/admin/users/boss/disable", json!({})).await.expect(200);
        assert_eq!(app.api("boss", Role::Admin).get("/api/admin/queues").await.error(403)["code"], "forbidden");
        // Their own tokens they may revoke, and then need another one.
        root.post("/api/admin/users/root/revoke", json!({})).await.expect(200);
        assert_eq!(client.closed().await, 4401);
        assert_eq!(root.get("/api/admin/queues").await.status, 401);
        bearer(&app, &token_later("root", Role::Admin, 1)).get("/api/admin/queues").await.expect(200);
    }
}

on_each_database! {
    /// Whoever authenticates while they are shut out is either refused or closed, never left.
    async fn nobody_slips_in_while_they_are_shut_out(database) {
        let app = TestApp::start(database).await;
        let root = app.api("root", Role::Admin);
        for round in 0..6 {
            let (user, action, code) = match round % 2 {
                0 => (format!("casey{round}"), "revoke", 4401),
                _ => (format!("casey{round}"), "disable", 4403),
            };
            let token = app.token(&user, Role::Customer);
            app.open().await.authenticate(&token).await;
            let mut coming = Vec::new();
            for n in 0..8_u32 {
                let mut client = app.open().await;
                let token = token.clone();
                coming.push(tokio::spawn(async move {
                    for _ in 0..n * 3 {
                        tokio::task::yield_now().await;
                    }
                    client.send("authenticate", json!({ "token": token })).await;
                    client
                }));
            }
            root.post(&format!("/api/admin/users/{user}/{action}"), json!({})).await.expect(200);
            for client in coming {
                assert_eq!(closed(client.await.unwrap()).await, code, "{action}");
            }
        }
    }
}

on_each_database! {
    async fn erasing_goes_on_in_the_background_and_can_be_asked_for_again(database) {
        let mut app = TestApp::start(database).await;
        let (mut casey, mut alex) = (app.customer("casey").await, app.agent("alex").await);
        let ticket = casey.create_ticket("My rash").await;
        let file = json!([{ "name": "scan.txt", "type": "text/plain", "data": "c2VjcmV0" }]);
        casey.ok("send_message", json!({ "ticketId": ticket, "message": "it itches", "attachments": file })).await;
        alex.join(&ticket).await;
        let root = app.api("root", Role::Admin);
        assert_eq!(root.delete("/api/users/casey").await.expect(202), json!({ "status": "erasing" }));
        assert_eq!(casey.closed().await, 4403);
        alex.event("message_deleted").await;
        assert_eq!(alex.event("ticket_updated").await["changes"]["subject"]["to"], "(erased)");
        eventually("it is done", async || root.delete("/api/users/casey").await.status == 200).await;
        assert_eq!(root.delete("/api/users/casey").await.expect(200), json!({ "status": "erased" }));
        assert_eq!((app.rows("messages WHERE body <> ''"), app.rows("attachments"), app.attachment_files().len()), (0, 0, 0));
        assert_eq!(app.texts("SELECT name AS text FROM users WHERE id = 'casey'"), ["Erased user"]);
        assert_eq!(root.post("/api/admin/users/casey/enable", json!({})).await.error(409)["code"], "conflict");
        assert_eq!(refusal(&app, &token_later("casey", Role::Customer, 5)).await, (json!("forbidden"), 4403));
        assert_eq!(root.delete("/api/users/nobody").await.error(404)["field"], "userId");

        // As if a restart had cut it short: asking again finishes it.
        app.restart().await;
        app.execute_sql("UPDATE messages SET body = 'it itches', body_digest = 'x', deleted_at = NULL");
        let root = app.api("root", Role::Admin);
        root.delete("/api/users/casey").await.expect(202);
        eventually("it is done", async || root.delete("/api/users/casey").await.status == 200).await;
        assert_eq!(app.rows("messages WHERE body <> ''"), 0);
    }
}

/// Another server of the same database hears of it when it looks around.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn other_servers_show_out_whoever_is_shut_out_here() {
    let Some(database) = Database::postgres() else { return };
    let attentive =
        |settings: &mut deskwire::config::Settings| settings.timing.heal_interval = Duration::from_millis(50);
    let (here, there) =
        (TestApp::with(database.clone(), attentive).await, TestApp::with(database, attentive).await);
    let (mut casey, mut dana, mut erin) =
        (there.customer("casey").await, there.customer("dana").await, there.customer("erin").await);
    let mut newer = there.open().await;
    newer.authenticate(&token_later("casey", Role::Customer, 60)).await;
    let root = here.api("root", Role::Admin);
    root.post("/api/admin/users/casey/revoke", json!({})).await.expect(200);
    root.post("/api/admin/users/dana/disable", json!({})).await.expect(200);
    root.delete("/api/users/erin").await.expect(202);
    assert_eq!((casey.closed().await, dana.closed().await, erin.closed().await), (4401, 4403, 4403));
    // What it asks the database each time, it knows at once.
    assert_eq!(there.api("dana", Role::Customer).get("/api/tickets").await.status, 403);
    newer.ok("ping", json!({})).await;
}

on_each_database! {
    async fn administering_is_limited_per_admin(database) {
        let app = TestApp::with(database, |settings| {
            settings.limits.admin = deskwire::domain::Rate { per_second: 0.01, burst: 2 };
        }).await;
        let root = app.api("root", Role::Admin);
        for _ in 0..2 {
            root.get("/api/admin/queues").await.expect(200);
        }
        let limited = root.post("/api/announcements", json!({ "name": "x", "data": {} })).await;
        assert_eq!(limited.error(429)["code"], "rate_limited");
        assert!(limited.header("retry-after").is_some());
        app.api("boss", Role::Admin).get("/api/admin/queues").await.expect(200);
    }
}

on_each_database! {
    async fn who_is_shut_out_by_hand_is_shown_out_when_the_server_looks_around(database) {
        let app = TestApp::with(database, |settings| settings.timing.heal_interval = Duration::from_millis(50)).await;
        let (mut casey, mut dana, mut erin) = (app.customer("casey").await, app.customer("dana").await, app.customer("erin").await);
        let now = now().0;
        app.execute_sql(&format!("UPDATE users SET disabled = TRUE, barred_at = {now} WHERE id = 'casey'"));
        app.execute_sql(&format!("UPDATE users SET tokens_valid_after = {now}, barred_at = {now} WHERE id = 'dana'"));
        assert_eq!((casey.closed().await, dana.closed().await), (4403, 4401));
        erin.ok("ping", json!({})).await;
    }
}
