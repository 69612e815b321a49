//! What becomes of uploaded files that no message carries.

use deskwire::domain::Role;

use super::support::{PNG, upload, uploads};
use crate::{
    harness::{
        program::{beside, deskwire, success},
        *,
    },
    on_each_database,
};

/// Lets one upload be older than it is.
fn age(app: &TestApp, id: &str, millis: i64) {
    app.execute_sql(&format!("UPDATE uploads SET created_at = created_at - {millis} WHERE id = '{id}'"));
}

const HOUR: i64 = 3_600_000;

on_each_database! {
    async fn what_was_not_sent_within_an_hour_goes_and_what_is_younger_stays(database) {
        let mut app = TestApp::start(database).await;
        let mut casey = app.customer("casey").await;
        let ticket = casey.create_ticket("x").await;
        let api = app.api("casey", Role::Customer);
        let (old, young) = (upload(&api, &ticket, "old.txt", b"old").await, upload(&api, &ticket, "young.txt", b"young").await);
        let used = upload(&api, &ticket, "used.txt", b"used").await;
        let send = |uploaded: &serde_json::Value| json!({ "ticketId": ticket, "attachments": [{ "id": uploaded["id"] }] });
        casey.ok("send_message", send(&used)).await;
        age(&app, old["id"].as_str().unwrap(), HOUR);
        age(&app, young["id"].as_str().unwrap(), HOUR - 600_000);
        // Also before anyone has looked, it cannot be sent any more.
        let error = casey.refused("send_message", send(&old)).await;
        assert_eq!((&error["code"], &error["field"]), (&json!("not_found"), &json!("attachments[0].id")));
        assert_eq!((app.rows("uploads"), app.attachment_files().len()), (2, 3));

        casey.close().await;
        app.restart().await;
        assert_eq!(app.rows("uploads"), 1);
        let mut contents: Vec<_> = app.attachment_files().iter().map(|path| std::fs::read(path).unwrap()).collect();
        contents.sort();
        assert_eq!(contents, [b"used".to_vec(), b"young".to_vec()]);
        let mut casey = app.customer("casey").await;
        casey.ok("send_message", send(&young)).await;
    }
}

on_each_database! {
    async fn a_restart_keeps_what_waits_and_removes_what_was_half_written(database) {
        let mut app = TestApp::start(database).await;
        let ticket = app.customer("casey").await.create_ticket("x").await;
        let uploaded = upload(&app.api("casey", Role::Customer), &ticket, "a.png", PNG).await;
        app.restart().await;
        let api = app.api("casey", Role::Customer);
        let carrying = json!({ "attachments": [{ "id": uploaded["id"] }] });
        api.post(&format!("/api/tickets/{ticket}/messages"), carrying).await.expect(201);
        assert_eq!(api.get(uploaded["url"].as_str().unwrap()).await.body, PNG);
    }
}

on_each_database! {
    async fn an_erased_user_leaves_no_upload(database) {
        let app = TestApp::start(database).await;
        let ticket = app.customer("casey").await.create_ticket("x").await;
        let api = app.api("casey", Role::Customer);
        upload(&api, &ticket, "mine.txt", b"a").await;
        let sent = upload(&api, &ticket, "sent.txt", b"b").await;
        let carrying = json!({ "attachments": [{ "id": sent["id"] }] });
        api.post(&format!("/api/tickets/{ticket}/messages"), carrying).await.expect(201);
        upload(&app.api("alex", Role::Agent), &ticket, "others.txt", b"c").await;
        let printed = success(beside(&app, &["erase-user", "casey", "--yes"])).await;
        assert!(printed.contains("2 files removed"), "{printed}");
        assert_eq!(app.texts("SELECT name AS text FROM uploads"), ["others.txt"]);
        assert_eq!((app.rows("attachments"), app.attachment_files().len()), (0, 1));
        assert_eq!(api.send_bytes("POST", &uploads(&ticket), b"d").await.error(403)["code"], "forbidden");
        assert_eq!(app.attachment_files().len(), 1);
    }
}

#[tokio::test]
async fn a_backup_leaves_out_what_waits_and_can_be_restored() {
    let app = TestApp::start(Database::Sqlite).await;
    let ticket = app.customer("casey").await.create_ticket("x").await;
    let api = app.api("casey", Role::Customer);
    let waiting = upload(&api, &ticket, "waiting.txt", b"a").await;
    let sent = upload(&api, &ticket, "sent.png", PNG).await;
    let messages = format!("/api/tickets/{ticket}/messages");
    let carrying = |id: &serde_json::Value| json!({ "attachments": [{ "id": id }] });
    api.post(&messages, carrying(&sent["id"])).await.expect(201);
    // A file that is gone meanwhile does not stop the backup.
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("backup.tar");
    let printed = success(beside(&app, &["backup", file.to_str().unwrap()])).await;
    assert!(printed.contains("1 attachment"), "{printed}");
    assert_eq!(app.rows("uploads"), 1, "the server's own is as it was");

    let data = dir.path().join("data");
    let mut restore = deskwire(dir.path(), &["restore", file.to_str().unwrap()]);
    restore.env("DESKWIRE_DATA_DIR", &data);
    success(restore).await;
    let restored = TestApp::with(Database::Sqlite, |settings| settings.storage.data_dir = data).await;
    assert_eq!((restored.rows("uploads"), restored.attachment_files().len()), (0, 1));
    let api = restored.api("casey", Role::Customer);
    assert_eq!(api.get(sent["url"].as_str().unwrap()).await.body, PNG);
    assert_eq!(api.post(&messages, carrying(&waiting["id"])).await.error(404)["field"], "attachments[0].id");
}
