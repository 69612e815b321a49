//! The script that shows the whole way over HTTP, run as a newcomer would.

use std::process::Stdio;

use tokio::process::Command;

use crate::{harness::*, on_each_database};

on_each_database! {
    async fn the_example_gets_a_token_opens_a_ticket_and_sends_a_picture_with_curl_alone(database) {
        let app = TestApp::with(database, |settings| settings.widget.widget_sessions = true).await;
        let script = concat!(env!("CARGO_MANIFEST_DIR"), "/examples/http-api.sh");
        let run = Command::new("sh").arg(script).arg(app.url("")).stdin(Stdio::null()).kill_on_drop(true).output();
        let output = tokio::time::timeout(PATIENCE, run).await.expect("the script ends").unwrap();
        let (transcript, told) = (String::from_utf8(output.stdout).unwrap(), String::from_utf8_lossy(&output.stderr));
        assert!(output.status.success(), "{told}");
        for expected in ["My screen is blue", "It looks like this:", "[file: screen.png, image/png, 69 bytes]"] {
            assert!(transcript.contains(expected), "{expected}: {transcript}");
        }
        assert_eq!(app.rows("attachments"), 1);
        assert_eq!(app.rows("uploads"), 0);
    }
}
