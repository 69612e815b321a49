//! `/healthz` and `/readyz`.

use std::{fs, time::Duration};

use crate::{harness::*, on_each_database};

async fn is_ready_again(app: &TestApp) {
    eventually("ready again", async || http::get(app.address, "/readyz", &[]).await.status == 200).await;
}

on_each_database! {
    async fn a_sound_server_is_alive_and_ready(database) {
        let app = TestApp::start(database).await;
        let alive = http::get(app.address, "/healthz", &[]).await;
        assert_eq!((alive.status, alive.text()), (200, "ok"));
        let ready = http::get(app.address, "/readyz", &[]).await;
        assert_eq!(ready.status, 200);
        assert_eq!(ready.json(), json!({ "database": "ok", "attachments": "ok", "draining": false }));
        assert_eq!(ready.header("cache-control"), Some("no-store"));
        assert!(app.attachment_files().is_empty(), "the probe is taken away");
    }
}

on_each_database! {
    async fn a_database_that_cannot_be_written_is_not_ready(database) {
        let app = TestApp::start(database).await;
        let file = app.data_dir().join("deskwire.db");
        let aside = app.data_dir().join("aside.db");
        match app.database() {
            Database::Sqlite => {
                fs::rename(&file, &aside).unwrap();
                fs::create_dir(&file).unwrap();
            }
            Database::Postgres(_) => app.execute_sql(
                "DO $$ BEGIN EXECUTE format('ALTER DATABASE %I SET default_transaction_read_only = on', \
                 current_database()); END $$",
            ),
        }
        let ready = http::get(app.address, "/readyz", &[]).await;
        assert_eq!(ready.status, 503);
        assert_eq!(ready.json(), json!({ "database": "unavailable", "attachments": "ok", "draining": false }));
        assert_eq!(http::get(app.address, "/healthz", &[]).await.status, 200);
        if let Database::Sqlite = app.database() {
            fs::remove_dir(&file).unwrap();
            fs::rename(&aside, &file).unwrap();
            is_ready_again(&app).await;
        }
    }
}

#[tokio::test]
async fn an_attachment_folder_that_cannot_be_written_is_not_ready() {
    let app = TestApp::start(Database::Sqlite).await;
    let folder = app.data_dir().join("attachments");
    fs::remove_dir_all(&folder).unwrap();
    fs::write(&folder, "in the way").unwrap();
    let ready = http::get(app.address, "/readyz", &[]).await;
    assert_eq!(ready.status, 503);
    assert_eq!(ready.json(), json!({ "database": "ok", "attachments": "unavailable", "draining": false }));
    fs::remove_file(&folder).unwrap();
    fs::create_dir(&folder).unwrap();
    is_ready_again(&app).await;
}

#[tokio::test]
async fn a_server_that_drains_is_alive_but_takes_nobody() {
    let mut app = TestApp::with(Database::Sqlite, |settings| {
        settings.timing.shutdown_timeout = Duration::from_secs(8);
    })
    .await;
    let address = app.address;
    // It does not answer its Close, so draining takes a while.
    let mut stubborn = Raw::open(address).await;
    stubborn.event("hello").await;
    let look = async {
        let draining = stubborn.event("server_draining").await;
        assert!(draining["reconnectAfterMs"].is_u64());
        let ready = http::get(address, "/readyz", &[]).await;
        assert_eq!((ready.status, &ready.json()["draining"]), (503, &json!(true)));
        assert_eq!(http::get(address, "/healthz", &[]).await.status, 200);
        let refused = Raw::connect(address).await.upgrade(&[]).await;
        assert_eq!(refused.status, 503);
        assert!(refused.header("retry-after").is_some());
        assert_eq!(stubborn.closed().await, 1012);
        stubborn.gone().await;
    };
    tokio::join!(app.stop(), look);
}
