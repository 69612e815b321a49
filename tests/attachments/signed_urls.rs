//! URLs that fetch a file without a token.

use deskwire::{
    domain::{AttachmentId, Rate, Role, Timestamp, UserId},
    guard::{UrlGrant, UrlKey},
};
use serde_json::Value;

use super::{PNG, attach, file};
use crate::{
    harness::{
        program::{beside, success},
        *,
    },
    on_each_database,
};

/// Signs like the server does, with the database's own secret.
fn sign(app: &TestApp, url: &str, user: &str, role: Role, expires: i64) -> String {
    let secret = app.texts("SELECT value AS text FROM meta WHERE key = 'digest_key'").remove(0);
    let secret = (0..32).map(|at| u8::from_str_radix(&secret[2 * at..2 * at + 2], 16).unwrap());
    let key = UrlKey::derive(&secret.collect::<Vec<u8>>());
    let id = AttachmentId::parse(url.rsplit('/').next().unwrap()).unwrap();
    let grant = UrlGrant { user_id: UserId::new(user).unwrap(), role, expires_at: Timestamp(expires) };
    format!("{url}?expires={expires}&signature={}", key.sign(&id, &grant))
}

async fn signed(api: &Api, url: &str) -> String {
    let signed = api.post(&format!("{url}/url"), json!({})).await.expect(200);
    signed["url"].as_str().unwrap().to_owned()
}

/// What is answered to whom the URL is all they have.
async fn fetched(app: &TestApp, url: &str) -> Answer {
    app.anonymous_api().get(url).await
}

on_each_database! {
    async fn a_signed_url_shows_a_file_to_a_page_without_a_token(database) {
        let app = TestApp::start(database).await;
        let mut casey = app.customer("casey").await;
        let ticket = casey.create_ticket("x").await;
        let sent = attach(&mut casey, &ticket, file("a.png", PNG)).await;
        let url = sent["url"].as_str().unwrap();
        let api = app.api("casey", Role::Customer);
        let made = api.post(&format!("{url}/url"), json!({})).await;
        assert_eq!(made.header("cache-control"), Some("no-store"));
        let made = made.expect(200);
        let signed = made["url"].as_str().unwrap();
        assert!(signed.starts_with(&format!("{url}?expires=")) && signed.contains("&signature="), "{signed}");
        assert!(made["expiresAt"].as_str().unwrap().ends_with('Z'), "{made}");

        let whole = fetched(&app, signed).await;
        assert_eq!((whole.status, whole.body.as_slice()), (200, PNG));
        for (name, value) in [
            ("cross-origin-resource-policy", "cross-origin"),
            ("content-security-policy", "sandbox; default-src 'none'"),
            ("x-content-type-options", "nosniff"),
            ("cache-control", "private, no-cache"),
            ("content-type", "image/png"),
        ] {
            assert_eq!(whole.header(name), Some(value), "{name}");
        }
        let anyone = app.anonymous_api();
        let part = anyone.with("Range", "bytes=1-3").get(signed).await;
        assert_eq!((part.status, part.body.as_slice(), part.header("cross-origin-resource-policy")), (206, &PNG[1..4], Some("cross-origin")));
        let known = anyone.with("If-None-Match", whole.header("etag").unwrap()).get(signed).await;
        assert_eq!((known.status, known.header("cross-origin-resource-policy")), (304, Some("cross-origin")));
        assert_eq!(anyone.send("HEAD", signed, None).await.status, 200);
        // With a token it is what it always was.
        let own = api.get(url).await;
        assert_eq!(own.header("cross-origin-resource-policy"), Some("same-origin"));
        assert_eq!(app.api("robin", Role::Customer).get(signed).await.status, 404, "the token goes before it");
        assert_eq!(anyone.with("Authorization", "Bearer x").get(signed).await.status, 401);
    }
}

on_each_database! {
    async fn a_signature_is_good_for_one_file_one_user_and_five_minutes(database) {
        let app = TestApp::start(database).await;
        let mut casey = app.customer("casey").await;
        let ticket = casey.create_ticket("x").await;
        let one = attach(&mut casey, &ticket, file("a.png", PNG)).await["url"].as_str().unwrap().to_owned();
        let two = attach(&mut casey, &ticket, file("b.png", PNG)).await["url"].as_str().unwrap().to_owned();
        let (api, now) = (app.api("casey", Role::Customer), app::now().0);
        let url = signed(&api, &one).await;
        let (_, query) = url.split_once('?').unwrap();
        let (expires, signature) = query.split_once('&').unwrap();
        let expires: i64 = expires.strip_prefix("expires=").unwrap().parse().unwrap();
        assert!((now + 299_000..now + 320_000).contains(&expires), "{expires} from {now}");

        // The test signs like the server, so that what is refused below is refused for what it says.
        assert_eq!(fetched(&app, &sign(&app, &one, "casey", Role::Customer, now + 60_000)).await.status, 200);
        let missing = fetched(&app, &sign(&app, &one, "casey", Role::Customer, now - 1)).await;
        assert_eq!(missing.error(404)["message"], "There is no such attachment.");
        let robin = app.customer("robin").await;
        app.agent("alex").await;
        for (what, url) in [
            ("another file", format!("{two}?{query}")),
            ("a longer time", format!("{one}?expires={}&{signature}", expires + 1)),
            ("a time that is none", format!("{one}?expires=never&{signature}")),
            ("no time", format!("{one}?{signature}")),
            ("no signature", format!("{one}?expires={expires}&signature=")),
            ("half a signature", format!("{one}?expires={expires}&{}", &signature[..signature.len() - 1])),
            ("a longer signature", format!("{url}A")),
            ("no file", format!("/api/attachments/{}?{query}", "0".repeat(32))),
            ("no id", format!("/api/attachments/x?{query}")),
            ("a stranger's", sign(&app, &one, "robin", Role::Customer, now + 60_000)),
            ("an unknown user's", sign(&app, &one, "nobody", Role::Agent, now + 60_000)),
            ("of a role that they do not have", sign(&app, &one, "robin", Role::Agent, now + 60_000)),
            ("of a role that they had", sign(&app, &one, "alex", Role::Admin, now + 60_000)),
        ] {
            let refused = fetched(&app, &url).await;
            assert_eq!((refused.status, &refused.body), (404, &missing.body), "{what}");
        }
        assert_eq!(fetched(&app, &format!("{one}?expires={expires}")).await.status, 401, "nothing to go by");
        drop(robin);
    }
}

on_each_database! {
    async fn what_a_user_lost_no_url_of_theirs_shows(database) {
        let app = TestApp::start(database).await;
        let (mut casey, mut alex) = (app.customer("casey").await, app.agent("alex").await);
        app.customer("robin").await;
        let ticket = casey.create_ticket("x").await;
        let robins = json!({ "ticketId": ticket, "userId": "robin" });
        alex.ok("add_participant", robins.clone()).await;
        let message = json!({ "ticketId": ticket, "attachments": [file("a.png", PNG)] });
        let message = casey.ok("send_message", message).await["message"].clone();
        let url = message["attachments"][0]["url"].as_str().unwrap();
        let of = async |user, role| signed(&app.api(user, role), url).await;
        let (robin, casey_url) = (of("robin", Role::Customer).await, of("casey", Role::Customer).await);
        let (alex_url, kim) = (of("alex", Role::Agent).await, of("kim", Role::Agent).await);
        for url in [&robin, &casey_url, &alex_url, &kim] {
            assert_eq!(fetched(&app, url).await.status, 200);
        }
        alex.ok("remove_participant", robins).await;
        assert_eq!(fetched(&app, &robin).await.error(404)["code"], "not_found");
        // An agent who is a customer now.
        app.customer("kim").await;
        assert_eq!(fetched(&app, &kim).await.status, 404);
        // Revoked tokens take what was signed with them along; a disabled user is told so.
        app.execute_sql(&format!("UPDATE users SET tokens_valid_after = {} WHERE id = 'alex'", app::now().0 + 1));
        assert_eq!(fetched(&app, &alex_url).await.status, 404);
        app.execute_sql("UPDATE users SET disabled = TRUE WHERE id = 'alex'");
        assert_eq!(fetched(&app, &alex_url).await.error(403)["code"], "forbidden");
        casey.ok("delete_message", json!({ "messageId": message["id"] })).await;
        assert_eq!(fetched(&app, &casey_url).await.status, 404);
        success(beside(&app, &["erase-user", "casey", "--yes"])).await;
        assert_eq!(fetched(&app, &casey_url).await.status, 403);
    }
}

#[tokio::test]
async fn who_may_not_see_a_file_cannot_sign_for_it() {
    let app = TestApp::start(Database::Sqlite).await;
    let (mut casey, mut alex) = (app.customer("casey").await, app.agent("alex").await);
    let ticket = casey.create_ticket("x").await;
    let note = json!({ "ticketId": ticket, "visibility": "internal", "attachments": [file("c.png", PNG), { "url": "https://example.com" }] });
    let note: Value = alex.ok("send_message", note).await["message"].clone();
    let id = |index: usize| note["attachments"][index]["id"].as_str().unwrap().to_owned();
    let path = |id: &str| format!("/api/attachments/{id}/url");
    let (casey, alex) = (app.api("casey", Role::Customer), app.api("alex", Role::Agent));
    assert_eq!(casey.post(&path(&id(0)), json!({})).await.error(404)["code"], "not_found");
    assert_eq!(
        app.anonymous_api().post(&path(&id(0)), json!({})).await.error(401)["code"],
        "unauthenticated"
    );
    for id in [id(1), "x".to_owned(), "0".repeat(32)] {
        assert_eq!(alex.post(&path(&id), json!({})).await.error(404)["code"], "not_found");
    }
    alex.post(&path(&id(0)), json!({})).await.expect(200);
}

#[tokio::test]
async fn signed_downloads_are_charged_to_their_user_and_forged_ones_to_the_address() {
    let app = TestApp::with(Database::Sqlite, |settings| {
        settings.limits.history = Rate { per_second: 0.001, burst: 4 };
        settings.limits.auth = Rate { per_second: 0.001, burst: 6 };
    })
    .await;
    let mut casey = app.customer("casey").await;
    let ticket = casey.create_ticket("x").await;
    let sent = attach(&mut casey, &ticket, file("a.png", PNG)).await;
    let url = signed(&app.api("casey", Role::Customer), sent["url"].as_str().unwrap()).await;
    for _ in 0..3 {
        assert_eq!(fetched(&app, &url).await.status, 200);
    }
    assert_eq!(fetched(&app, &url).await.error(429)["code"], "rate_limited");
    // One of the address's was casey's `authenticate`.
    let forged = format!("{url}A");
    for _ in 0..5 {
        assert_eq!(fetched(&app, &forged).await.status, 404);
    }
    assert_eq!(fetched(&app, &forged).await.error(429)["code"], "rate_limited");
}
