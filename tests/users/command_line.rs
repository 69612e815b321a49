//! Users that an operator makes known before their first token.

use deskwire::domain::Role;

use crate::{
    harness::{
        program::{beside, deskwire, failure, server, success},
        *,
    },
    on_each_database,
};

fn put(dir: &std::path::Path, database: &Database, arguments: &[&str]) -> tokio::process::Command {
    let mut command = deskwire(dir, &[&["user", "put"], arguments].concat());
    if let Database::Postgres(database) = database {
        command.env("DESKWIRE_DATABASE_URL", &database.url);
    }
    command
}

on_each_database! {
    async fn they_can_be_named_while_the_server_runs_and_before_it_ran(database) {
        let dir = tempfile::tempdir().unwrap();
        let before = put(dir.path(), &database, &["early", "--name", "Early <b>Bird</b>", "--role", "customer"]);
        assert!(success(before).await.contains("early is known as Early Bird, customer"));
        let mut program = Program::start(server(dir.path(), &database)).await;
        let mut alex = program.connect("alex", Role::Agent).await;
        let open = json!({ "subject": "Help", "requesterId": "early", "participants": ["late"] });
        assert_eq!(alex.refused("create_ticket", open.clone()).await["code"], "invalid_payload");

        let arguments = ["late", "--name", "Late", "--role", "customer", "--email", "late@example.com"];
        success(put(dir.path(), &database, &arguments)).await;
        success(put(dir.path(), &database, &["kim", "--name", "Kim", "--role", "agent"])).await;
        let ticket = alex.ok("create_ticket", open).await["ticket"].clone();
        assert_eq!(ticket["requester"]["name"], "Early Bird");
        assert_eq!(ticket["participants"][0]["name"], "Late");
        let assign = |who: &str| json!({ "ticketId": ticket["id"], "assigneeId": who });
        assert_eq!(alex.ok("update_ticket", assign("kim")).await["ticket"]["assignee"]["name"], "Kim");
        success(put(dir.path(), &database, &["kim", "--name", "Kim K.", "--role", "customer"])).await;
        alex.ok("update_ticket", json!({ "ticketId": ticket["id"], "assigneeId": null })).await;
        assert_eq!(alex.refused("update_ticket", assign("kim")).await["field"], "assigneeId");
        program.stop().await;
    }
}

on_each_database! {
    async fn who_was_erased_cannot_be_made_known_again(database) {
        let app = TestApp::start(database).await;
        app.customer("casey").await.close().await;
        success(beside(&app, &["erase-user", "casey", "--yes"])).await;
        let arguments = ["user", "put", "casey", "--name", "Casey", "--role", "agent", "--email", "c@example.com"];
        // Long ago, so that no list of the latest ones is asked.
        app.execute_sql("UPDATE users SET erased_at = 1");
        for _ in 0..2 {
            let error = failure(beside(&app, &arguments), 1).await;
            assert!(error.contains("casey was erased"), "{error}");
        }
        assert_eq!(app.rows("users WHERE name = 'Erased user' AND email IS NULL AND role = 'customer'"), 1);
    }
}

#[tokio::test]
async fn what_is_no_user_is_refused_and_nothing_is_made() {
    let dir = tempfile::tempdir().unwrap();
    for (arguments, words) in [
        (vec!["kim", "--name", " ", "--role", "agent"], "a name must not be empty"),
        (vec!["kim", "--name", &"x".repeat(101), "--role", "agent"], "at most 100 characters"),
        (vec!["kim", "--name", "Kim", "--role", "king"], "king"),
        (vec!["kim", "--name", "Kim"], "--role"),
        (vec!["", "--name", "Kim", "--role", "agent"], "ID"),
        (
            vec!["kim", "--name", "Kim", "--role", "agent", "--email", ""],
            "an e-mail address must not be empty",
        ),
        (
            vec!["kim", "--name", "Kim", "--role", "agent", "--email", &"x".repeat(255)],
            "an e-mail address must have at most 254 characters",
        ),
    ] {
        let error = failure(put(dir.path(), &Database::Sqlite, &arguments), 2).await;
        assert!(error.contains(words), "{arguments:?}: {error}");
    }
    assert!(!dir.path().join("data").exists());
}
