//! The log tells nobody a secret, however talkative it is.

use deskwire::domain::Role;

use crate::{
    harness::{
        app::SECRET,
        commands::encoded,
        http::{get, get_with_token},
        program::{server, token},
        *,
    },
    on_each_database,
};

const METRICS_TOKEN: &str = "scrape-5ecret-0123456789abcdef";
const SAID: &str = "my card number is 4111 1111";

on_each_database! {
    async fn neither_keys_nor_tokens_nor_what_people_say_are_logged(database) {
        let dir = tempfile::tempdir().unwrap();
        let mut command = server(dir.path(), &database);
        command.args(["--log", "trace"]).env("DESKWIRE_METRICS_TOKEN", METRICS_TOKEN);
        if let Database::Postgres(database) = &database {
            // The throwaway server trusts everybody, so any password does.
            command.env("DESKWIRE_DATABASE_URL", database.url.replace("postgres@", "postgres:hunter2@"));
        }
        let mut program = Program::start(command).await;
        let tokens: Vec<String> = ["casey", "alex", "kim"].iter().map(|id| token(id, Role::Agent)).collect();

        // By command, by header, in a frame that is none, changed, as another user's, over HTTP.
        let mut casey = WsClient::open(program.address).await;
        casey.authenticate(&tokens[0]).await;
        let bearer = format!("Bearer {}", tokens[1]);
        let mut alex = WsClient::open_with(program.address, &[("Authorization", &bearer)]).await;
        alex.event("authenticated").await;
        alex.send_text(format!("{{\"event\":\"authenticate\",\"data\":{{\"token\":\"{}\"", tokens[2])).await;
        alex.event("error").await;
        alex.refused("authenticate", json!({ "token": tokens[0] })).await;
        let mut kim = WsClient::open(program.address).await;
        kim.refused("authenticate", json!({ "token": format!("{}x", tokens[2]) })).await;
        let ticket = casey.create_ticket(SAID).await;
        casey.join(&ticket).await;
        casey.say(&ticket, SAID).await;
        casey.send_text(format!("{{{SAID}")).await;
        casey.refused("send_message", json!({ "ticketId": ticket, "message": SAID, "format": 5 })).await;
        get_with_token(program.address, "/api/attachments/0", &tokens[2]).await;
        get(program.address, &format!("/?token={}", tokens[2]), &[]).await;
        get(program.address, &format!("/api/tickets?token={}", tokens[2]), &[]).await;
        get_with_token(program.address, &format!("/api/tickets?query={}", encoded(SAID)), &tokens[0]).await;
        get_with_token(program.address, "/api/tickets", &format!("{}x", tokens[0])).await;
        assert_eq!(get_with_token(program.address, "/metrics", METRICS_TOKEN).await.status, 200);
        assert_ne!(get_with_token(program.address, "/metrics", &tokens[2]).await.status, 200);
        let sent = json!({ "ticketId": ticket, "attachments": [{ "name": "a.txt", "data": "YQ==" }] });
        let sent = casey.ok("send_message", sent).await["message"]["attachments"][0].clone();
        let path = format!("{}/url", sent["url"].as_str().unwrap());
        let bearer = format!("Bearer {}", tokens[0]);
        let mut raw = Raw::connect(program.address).await;
        raw.request("POST", &path, &[("Authorization", &bearer)]).await;
        let url = raw.response(false).await.json()["url"].as_str().unwrap().to_owned();
        assert_eq!(get(program.address, &url, &[]).await.status, 200);
        assert_eq!(get(program.address, &format!("{url}x"), &[]).await.status, 404);
        let signature = url.rsplit_once('=').unwrap().1;
        program.stop().await;

        let log = program.log().await;
        assert!(log.contains("TRACE") && log.contains("listening"), "{log}");
        let signatures = tokens.iter().map(|token| token.rsplit_once('.').unwrap().1);
        for secret in signatures.chain([SECRET, METRICS_TOKEN, SAID, "hunter2", signature]) {
            assert!(!log.contains(secret), "{secret} is in\n{log}");
        }
    }
}
