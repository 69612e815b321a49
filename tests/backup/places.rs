//! Where backups go and where they come back to, and what is never overwritten.

use std::{fs, os::unix::fs::PermissionsExt};

use super::support::*;
use crate::harness::program::{failure, success};

#[tokio::test]
async fn a_backup_is_one_private_file_and_replaces_none() {
    let dir = tempfile::tempdir().unwrap();
    let data_dir = dir.path().join("data");
    filled(&data_dir, "Subject").await;
    let place = dir.path().join("backups");
    fs::create_dir(&place).unwrap();
    // What an interrupted backup left is in nobody's way.
    fs::write(place.join("monday.tar.partial"), "half").unwrap();
    fs::create_dir(place.join("monday.tar.partial.d")).unwrap();
    fs::write(place.join("monday.tar.partial.d/deskwire.db"), "half").unwrap();

    let said = success(over(&data_dir, &["backup", "backups/monday.tar"])).await;

    assert!(said.contains("1 attachments"), "{said}");
    let file = place.join("monday.tar");
    assert_eq!(contents(&place).keys().collect::<Vec<_>>(), [&file]);
    assert_eq!(fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);
    let error = failure(over(&data_dir, &["backup", "backups/monday.tar"]), 1).await;
    assert!(error.contains("is there already"), "{error}");
    assert_eq!(contents(&place).keys().collect::<Vec<_>>(), [&file]);
}

#[tokio::test]
async fn without_a_database_there_is_no_backup() {
    let dir = tempfile::tempdir().unwrap();
    let error = failure(over(&dir.path().join("data"), &["backup", "x.tar"]), 1).await;
    assert!(error.contains("there is no database at"), "{error}");
    assert!(contents(dir.path()).is_empty(), "{:?}", contents(dir.path()).keys());
}

#[tokio::test]
async fn a_missing_attachment_is_named() {
    let dir = tempfile::tempdir().unwrap();
    let data_dir = dir.path().join("data");
    filled(&data_dir, "Subject").await;
    let attachments = contents(&data_dir.join("attachments"));
    let lost = attachments.keys().find(|path| path.is_file()).unwrap();
    fs::remove_file(lost).unwrap();

    let error = failure(over(&data_dir, &["backup", "x.tar"]), 1).await;

    let name = lost.strip_prefix(&data_dir).unwrap().to_str().unwrap();
    assert!(error.contains("is missing") && error.contains(name), "{error}");
    assert!(!contents(dir.path()).keys().any(|path| path.to_str().unwrap().contains("x.tar")));
}

#[tokio::test]
async fn restoring_over_tickets_takes_force_and_keeps_them_aside() {
    let dir = tempfile::tempdir().unwrap();
    let (ours, theirs) = (dir.path().join("ours"), dir.path().join("theirs"));
    filled(&ours, "Ours").await;
    filled(&theirs, "Theirs").await;
    success(over(&ours, &["backup", "ours.tar"])).await;
    let before = contents(&theirs);

    let error = failure(over(&theirs, &["restore", "ours.tar"]), 1).await;
    assert!(error.contains("--force"), "{error}");
    assert_eq!(contents(&theirs), before);
    let said = success(over(&theirs, &["restore", "ours.tar", "--force"])).await;

    let aside = fs::read_dir(&theirs).unwrap().map(|entry| entry.unwrap().path());
    let aside: Vec<_> = aside.filter(|path| path.to_str().unwrap().contains("replaced-")).collect();
    let [aside] = aside.as_slice() else { panic!("{aside:?}") };
    assert!(said.contains(aside.to_str().unwrap()), "{said}");
    assert_eq!(subject(&theirs).await, "Ours");
    assert_eq!(subject(aside).await, "Theirs");
}

#[tokio::test]
async fn an_empty_database_makes_room_by_itself() {
    let dir = tempfile::tempdir().unwrap();
    let (ours, new) = (dir.path().join("ours"), dir.path().join("new"));
    filled(&ours, "Ours").await;
    success(over(&ours, &["backup", "ours.tar"])).await;
    serve(&new).await.stop().await;

    success(over(&new, &["restore", "ours.tar"])).await;

    assert_eq!(subject(&new).await, "Ours");
    let left: Vec<_> =
        contents(&new).into_keys().filter(|path| path.to_str().unwrap().contains("restoring")).collect();
    assert!(left.is_empty(), "{left:?}");
}

#[tokio::test]
async fn a_database_outside_the_data_directory_comes_back_to_its_place() {
    let dir = tempfile::tempdir().unwrap();
    let (ours, data_dir) = (dir.path().join("ours"), dir.path().join("data"));
    filled(&ours, "Ours").await;
    success(over(&ours, &["backup", "ours.tar"])).await;
    let elsewhere = dir.path().join("elsewhere/chat.db");
    let url = format!("sqlite://{}", elsewhere.display());

    for force in [&[][..], &["--force"]] {
        let arguments = [&["restore", "ours.tar", "--database-url", &url], force].concat();
        success(over(&data_dir, &arguments)).await;
    }

    assert!(elsewhere.is_file() && !data_dir.join("deskwire.db").exists());
    let set_aside = |folder: &std::path::Path, name: &str| {
        contents(folder)
            .into_keys()
            .any(|path| path.ends_with(name) && path.to_str().unwrap().contains("replaced-"))
    };
    assert!(set_aside(elsewhere.parent().unwrap(), "chat.db"));
    assert!(set_aside(&data_dir, "attachments"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn while_a_server_runs_nothing_is_restored() {
    let dir = tempfile::tempdir().unwrap();
    let (ours, theirs) = (dir.path().join("ours"), dir.path().join("theirs"));
    filled(&ours, "Ours").await;
    filled(&theirs, "Theirs").await;
    success(over(&ours, &["backup", "ours.tar"])).await;
    let mut app = serve(&theirs).await;
    let mut casey = app.customer("casey").await;
    casey.join("1").await;
    let before: Vec<_> = contents(&theirs).into_keys().collect();

    let error = failure(over(&theirs, &["restore", "--force", "ours.tar"]), 1).await;

    assert!(error.contains("in use by another deskwire process"), "{error}");
    assert!(contents(&theirs).into_keys().eq(before));
    casey.say("1", "still here").await;
    casey.close().await;
    app.stop().await;
    assert_eq!(subject(&theirs).await, "Theirs");
}

#[tokio::test]
async fn postgres_is_left_to_its_own_tools() {
    let dir = tempfile::tempdir().unwrap();
    for command in ["backup", "restore"] {
        let arguments = [command, "x.tar", "--database-url", "postgres://desk@127.0.0.1:1/desk"];
        let error = failure(over(&dir.path().join("data"), &arguments), 1).await;
        for word in ["pg_dump", "pg_restore", "deskwire migrate --new-epoch", "attachments"] {
            assert!(error.contains(word), "{error}");
        }
    }
    assert!(contents(dir.path()).is_empty());
}
