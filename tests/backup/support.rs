//! Data to back up, and what a folder holds.

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
};

use tokio::process::Command;

use crate::harness::{program::deskwire, *};

/// A command over the data in a folder.
pub(super) fn over(data_dir: &Path, arguments: &[&str]) -> Command {
    let mut command = deskwire(data_dir.parent().unwrap(), arguments);
    command.env("DESKWIRE_DATA_DIR", data_dir).env("DESKWIRE_JWT_SECRET", app::SECRET);
    command
}

/// A server over the data in a folder.
pub(super) async fn serve(data_dir: &Path) -> TestApp {
    let data_dir = data_dir.to_owned();
    TestApp::with(Database::Sqlite, |settings| settings.storage.data_dir = data_dir).await
}

/// A stopped server's folder with one ticket of casey's that carries `text` and a file of it.
pub(super) async fn filled(data_dir: &Path, text: &str) {
    let mut app = serve(data_dir).await;
    let mut casey = app.customer("casey").await;
    let ticket = casey.create_ticket(text).await;
    assert_eq!(ticket, "1");
    let file = json!({ "name": "note.svg.txt", "type": "text/plain", "data": "QXR0YWNobWVudA==" });
    casey.ok("send_message", json!({ "ticketId": ticket, "message": text, "attachments": [file] })).await;
    casey.close().await;
    app.stop().await;
}

/// The subject of the only ticket.
pub(super) async fn subject(data_dir: &Path) -> String {
    let mut app = serve(data_dir).await;
    let mut casey = app.customer("casey").await;
    let joined = casey.join("1").await;
    casey.close().await;
    app.stop().await;
    joined["ticket"]["subject"].as_str().unwrap().to_owned()
}

/// Every file below a folder with its content, but for the lock, which holds none.
pub(super) fn contents(folder: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let mut found = BTreeMap::new();
    for entry in fs::read_dir(folder).into_iter().flatten() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            // A folder counts even if it is empty.
            found.insert(path.clone(), Vec::new());
            found.extend(contents(&path));
        } else if path.extension().is_none_or(|extension| extension != "lock") {
            found.insert(path.clone(), fs::read(&path).unwrap());
        }
    }
    found
}
