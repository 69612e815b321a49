//! Where webhooks may lead: to the public, and not into the network that the server is in.

use super::*;
use crate::{harness::*, on_each_database};

/// Whether the URL was refused.
#[track_caller]
fn assert_refused(answer: &Answer, url: &str) {
    let refused = answer.error(400);
    assert_eq!((&refused["code"], &refused["field"]), (&json!("invalid_payload"), &json!("url")), "{url}");
}

on_each_database! {
    async fn a_webhook_that_leads_inwards_is_refused(database) {
        let app = TestApp::start(database).await;
        for url in [
            "https://127.0.0.1/",
            "https://2130706433/",
            "https://10.1.2.3/",
            "https://192.168.1.1/",
            "https://169.254.169.254/latest/meta-data/",
            "https://100.64.0.1/",
            "https://[::1]/",
            "https://[::ffff:127.0.0.1]/",
            "https://[fd00::1]/",
            "https://[fe80::1]/",
            "https://localhost/",
            "https://0.0.0.0/",
            "http://8.8.8.8/",
            "https://no-such-host.invalid/",
        ] {
            assert_refused(&admin(&app).post("/api/webhooks", json!({ "url": url })).await, url);
        }
        let made = admin(&app).post("/api/webhooks", json!({ "url": "https://8.8.8.8/", "enabled": false })).await.expect(201);
        let path = format!("/api/webhooks/{}", made["webhook"]["id"].as_str().unwrap());
        let refused = admin(&app).patch(&path, json!({ "url": "https://10.0.0.1/" })).await.error(400);
        assert_eq!(refused["field"], "url");
        assert_eq!(app.texts("SELECT url AS text FROM webhooks"), ["https://8.8.8.8/"]);
    }
}

on_each_database! {
    async fn a_registered_webhook_that_leads_inwards_is_not_followed(database) {
        let mut app = start(database).await;
        let receiver = Receiver::start().await;
        let port = receiver.address.port();
        // One by its address, one by a name that is known to be local, and one by plain HTTP.
        let urls = [
            format!("https://127.0.0.1:{port}/"),
            format!("https://localhost:{port}/"),
            format!("http://127.0.0.1:{port}/"),
        ];
        let mut hooks = Vec::new();
        for url in urls {
            let made = admin(&app).post("/api/webhooks", json!({ "url": url })).await.expect(201);
            let text = |value: &Value| value.as_str().unwrap().to_owned();
            hooks.push(Hook { id: text(&made["webhook"]["id"]), secret: text(&made["secret"]) });
        }
        app.restart_with(|settings| settings.webhooks.webhooks_allow_private = false).await;
        for hook in &hooks {
            admin(&app).post(&hook.path("/test"), json!({})).await.expect(202);
            eventually("it failed", async || {
                hook.deliveries(&app, "pending").await.first().is_some_and(|it| it["lastError"].is_string())
            })
            .await;
            let failed = hook.deliveries(&app, "pending").await.remove(0);
            assert!(failed.get("lastStatus").is_none());
            let error = failed["lastError"].as_str().unwrap();
            assert!(error.contains("not public") || error.contains("https://"), "{error}");
        }
        assert!(receiver.received().is_empty());
    }
}

on_each_database! {
    async fn a_receiver_without_tls_behind_https_and_one_that_is_not_there_are_failures(database) {
        let app = start(database).await;
        let receiver = Receiver::start().await;
        let silent = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let gone = silent.local_addr().unwrap();
        drop(silent);
        for url in [format!("https://{}/?key=hidden", receiver.address), format!("http://{gone}/?key=hidden")] {
            let made = admin(&app).post("/api/webhooks", json!({ "url": url })).await.expect(201);
            let hook = Hook { id: made["webhook"]["id"].as_str().unwrap().to_owned(), secret: String::new() };
            admin(&app).post(&hook.path("/test"), json!({})).await.expect(202);
            eventually("it failed", async || {
                hook.deliveries(&app, "pending").await.first().is_some_and(|it| it["lastError"].is_string())
            })
            .await;
            let error = hook.deliveries(&app, "pending").await[0]["lastError"].as_str().unwrap().to_owned();
            assert!(error.starts_with("The receiver could not be reached: "), "{error}");
            assert!(!error.contains("hidden"), "{error}");
        }
        assert!(receiver.received().is_empty());
    }
}
