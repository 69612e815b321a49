//! The table of who may do what, walked whole: every action, by everyone, over a real socket.
//!
//! What is expected is taken from the table itself; that it is the documented one is another test's.

use deskwire::{
    domain::{Action, Relation, Role, Rule, access::rule},
    protocol::Command,
};
use serde_json::Value;

use crate::{harness::*, on_each_database};

/// Everyone who could want something of Rita's ticket, and what they are to it.
const CALLERS: [(&str, Role, Relation); 5] = [
    ("rita", Role::Customer, Relation::Requester),
    ("paul", Role::Customer, Relation::Participant),
    ("zoe", Role::Customer, Relation::Stranger),
    ("alex", Role::Agent, Relation::Stranger),
    ("root", Role::Admin, Relation::Stranger),
];

/// Tickets and messages that a command can be about.
struct Scene {
    ticket: String,
    /// A message of the caller's, as far as they can write one.
    own: Option<String>,
    /// A message of another customer's, or of an agent's if the caller is that customer.
    of_another: String,
}

impl Scene {
    /// A new ticket of Rita's in which Paul takes part, closed if that is what it takes.
    async fn set(app: &TestApp, caller: &mut WsClient, who: &str, sees: bool, closed: bool) -> Self {
        let (mut rita, mut sam) = (app.customer("rita").await, app.agent("sam").await);
        let new = json!({ "subject": "Help", "requesterId": "rita", "participants": ["paul"] });
        let ticket = sam.ok("create_ticket", new).await["ticket"]["id"].as_str().unwrap().to_owned();
        let author = if who == "rita" { &mut sam } else { &mut rita };
        let of_another = author.say(&ticket, "of another").await["id"].as_str().unwrap().to_owned();
        let own = if sees {
            Some(caller.say(&ticket, "own").await["id"].as_str().unwrap().to_owned())
        } else {
            None
        };
        if closed {
            sam.ok("update_ticket", json!({ "ticketId": ticket, "status": "closed" })).await;
        }
        Self { ticket, own, of_another }
    }

    /// Commands that do it, each with its data; all of them must be answered alike.
    fn commands(&self, action: Action, who: &str) -> Vec<(&'static str, Value)> {
        let (ticket, message) = (&self.ticket, &self.of_another);
        let of = |more: Value| {
            let mut data = json!({ "ticketId": ticket });
            data.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
            data
        };
        match action {
            Action::OpenTicket => vec![("create_ticket", json!({ "subject": "New" }))],
            Action::OpenWithParticipants => {
                vec![("create_ticket", json!({ "subject": "New", "participants": ["guest"] }))]
            }
            Action::OpenForAnother => vec![
                ("create_ticket", json!({ "subject": "New", "requesterId": "guest" })),
                ("create_ticket", json!({ "subject": "New", "priority": "high" })),
            ],
            Action::Read => ["get_ticket", "get_messages", "get_online_users", "join_ticket"]
                .map(|name| (name, of(json!({}))))
                .into(),
            Action::Send => vec![
                ("send_message", of(json!({ "message": "x" }))),
                ("send_message", of(json!({ "message": "x", "replyTo": message }))),
            ],
            Action::UseInternal => vec![
                ("send_message", of(json!({ "message": "x", "visibility": "internal" }))),
                ("mark_read", of(json!({ "stream": "internal", "seq": 0 }))),
                ("mark_delivered", of(json!({ "stream": "internal", "seq": 0 }))),
            ],
            Action::Edit => vec![("edit_message", json!({ "messageId": message, "message": "y" }))],
            Action::Delete => vec![("delete_message", json!({ "messageId": message }))],
            Action::React => vec![
                ("add_reaction", json!({ "messageId": message, "emoji": "👍" })),
                ("remove_reaction", json!({ "messageId": message, "emoji": "👍" })),
            ],
            Action::Confirm => vec![
                ("mark_delivered", of(json!({ "messageId": message }))),
                ("mark_read", of(json!({ "seq": 1 }))),
            ],
            Action::Mute => vec![("update_ticket", of(json!({ "muted": true })))],
            Action::ChangeSubject => vec![("update_ticket", of(json!({ "subject": "Other" })))],
            Action::Close => vec![("update_ticket", of(json!({ "status": "closed" })))],
            Action::Manage => vec![
                ("update_ticket", of(json!({ "status": "pending" }))),
                ("update_ticket", of(json!({ "priority": "high" }))),
                ("update_ticket", of(json!({ "assigneeId": "sam" }))),
                ("update_ticket", of(json!({ "labels": ["a"] }))),
                ("update_ticket", of(json!({ "snoozedUntil": null }))),
                ("update_ticket", of(json!({ "muted": true, "subject": "Other", "status": "open" }))),
            ],
            Action::AddParticipant => vec![("add_participant", of(json!({ "userId": "guest" })))],
            Action::RemoveParticipant => {
                // Paul removing himself is another action.
                let whom = if who == "paul" { "guest" } else { "paul" };
                vec![("remove_participant", of(json!({ "userId": whom })))]
            }
            Action::Leave => vec![("remove_participant", of(json!({ "userId": who })))],
            Action::Rate => vec![("rate_ticket", of(json!({ "score": 5 })))],
            Action::List => {
                vec![("list_tickets", json!({})), ("search_messages", json!({ "query": "another" }))]
            }
            Action::ListByLabel => vec![("list_tickets", json!({ "label": "a" }))],
            Action::WatchQueue => vec![("subscribe_queue", json!({})), ("unsubscribe_queue", json!({}))],
            Action::SharePresence => vec![
                ("set_status", json!({ "status": "away" })),
                ("get_user_status", json!({ "userId": who })),
                ("get_users_status", json!({ "userIds": [who] })),
            ],
            Action::SeeAnyone => vec![("get_user_status", json!({ "userId": "lonely" }))],
            Action::ReadNotifications => {
                vec![("get_notifications", json!({})), ("mark_all_notifications_read", json!({}))]
            }
            // Over HTTP only.
            Action::Administer => Vec::new(),
            Action::UseCanned => vec![
                ("list_canned_responses", json!({})),
                (
                    "save_canned_response",
                    json!({ "shortcut": format!("s-{ticket}"), "title": "T", "message": "M" }),
                ),
            ],
        }
    }
}

fn declares(command: &str, action: Action) -> bool {
    let entry = Command::CATALOGUE.iter().find(|entry| entry.command.name == command).unwrap();
    entry.actions.contains(&action)
}

/// The code of the refusal, or `ok`.
async fn outcome(client: &mut WsClient, command: &str, data: Value) -> String {
    let answer = client.request(command, data).await;
    if answer["success"] == true { "ok".into() } else { answer["error"]["code"].as_str().unwrap().into() }
}

/// What the rule promises when the settings that loosen it are on, or off.
fn expected(rule: Rule, loose: bool) -> &'static str {
    match rule {
        Rule::Allowed => "ok",
        Rule::OwnInTimeOrModerated | Rule::IfInviting if loose => "ok",
        Rule::OwnInTime | Rule::OwnInTimeOrModerated | Rule::IfInviting | Rule::Forbidden => "forbidden",
        Rule::Hidden => "not_found",
    }
}

/// The same, with the status that belongs to the code.
async fn outcome_over_http(api: &Api, command: &str, data: &Value) -> Option<String> {
    let answer = api.command(command, data).await?;
    if answer.status < 300 {
        return Some("ok".into());
    }
    let code = answer.json()["error"]["code"].as_str().unwrap().to_owned();
    let status = match code.as_str() {
        "forbidden" => 403,
        "not_found" => 404,
        other => panic!("{command} {data}: {other}"),
    };
    assert_eq!(answer.status, status, "{command} {data}");
    Some(code)
}

/// By which way commands are given.
#[derive(Clone, Copy)]
enum Way {
    Socket,
    Http,
}

async fn walk(database: Database, loose: bool, way: Way) {
    let app = TestApp::with(database, |settings| {
        settings.policy.customers_may_invite = loose;
        settings.policy.agents_may_delete = loose;
    })
    .await;
    for known in ["guest", "lonely", "paul", "zoe"] {
        app.customer(known).await.close().await;
    }
    for (who, role, relation) in CALLERS {
        let (mut caller, api) = (app.connect(who, role).await, app.api(who, role));
        let sees = rule(Action::Read, role, relation) == Rule::Allowed;
        for action in Action::ALL {
            let scene = Scene::set(&app, &mut caller, who, sees, action == Action::Rate).await;
            let rule = rule(action, role, relation);
            for (command, data) in scene.commands(action, who) {
                assert!(declares(command, action), "{command} does not declare {action:?}");
                let outcome = match way {
                    Way::Socket => Some(outcome(&mut caller, command, data.clone()).await),
                    Way::Http => outcome_over_http(&api, command, &data).await,
                };
                let Some(outcome) = outcome else { continue };
                assert_eq!(outcome, expected(rule, loose), "{who}: {action:?}: {command} {data}");
            }
            let of_own =
                matches!(rule, Rule::OwnInTime | Rule::OwnInTimeOrModerated).then_some(scene.own).flatten();
            if let Some(own) = of_own {
                let command = if action == Action::Edit { "edit_message" } else { "delete_message" };
                caller.ok(command, json!({ "messageId": own, "message": "mine" })).await;
            }
        }
    }
}

on_each_database! {
    async fn everyone_may_do_what_the_table_says_and_nothing_else(database) {
        walk(database, false, Way::Socket).await;
    }
}

on_each_database! {
    async fn the_settings_that_loosen_the_table_loosen_what_it_says(database) {
        walk(database, true, Way::Socket).await;
    }
}

on_each_database! {
    async fn over_http_everyone_may_do_what_the_table_says_and_nothing_else(database) {
        walk(database, false, Way::Http).await;
    }
}

on_each_database! {
    async fn over_http_the_settings_that_loosen_the_table_loosen_what_it_says(database) {
        walk(database, true, Way::Http).await;
    }
}

on_each_database! {
    async fn a_hidden_ticket_and_a_missing_one_are_refused_in_the_same_words(database) {
        let app = TestApp::start(database).await;
        let (mut rita, mut zoe) = (app.customer("rita").await, app.customer("zoe").await);
        let ticket = rita.create_ticket("Help").await;
        let message = rita.say(&ticket, "x").await["id"].clone();
        let scene = Scene { ticket, own: None, of_another: message.as_str().unwrap().to_owned() };
        let missing = Scene { ticket: "999999".into(), own: None, of_another: "999999".into() };
        for action in Action::ALL.into_iter().filter(|action| action.concerns_ticket()) {
            let pairs = scene.commands(action, "zoe").into_iter().zip(missing.commands(action, "zoe"));
            for ((command, hidden), (_, missing)) in pairs {
                // A hidden reply target in a missing ticket is asked for behind the ticket itself.
                let (hidden, missing) = (zoe.refused(command, hidden).await, zoe.refused(command, missing).await);
                assert_eq!(hidden, missing, "{action:?}: {command}");
                assert_eq!(hidden["code"], "not_found", "{action:?}: {command}");
            }
        }
        let api = app.api("zoe", Role::Customer);
        for action in Action::ALL.into_iter().filter(|action| action.concerns_ticket()) {
            let pairs = scene.commands(action, "zoe").into_iter().zip(missing.commands(action, "zoe"));
            for ((command, hidden), (_, missing)) in pairs {
                let Some(hidden) = api.command(command, &hidden).await else { continue };
                let missing = api.command(command, &missing).await.unwrap();
                assert_eq!(hidden.error(404), missing.error(404), "{action:?}: {command}");
            }
        }
    }
}
