//! Commands whose data is not what it should be: the field at fault is named.

use serde_json::Value;

use crate::harness::*;

async fn assert_invalid(client: &mut WsClient, command: &str, data: &str, field: &str) {
    client.send_text(format!(r#"{{"event":"{command}","data":{data},"ack":"it"}}"#)).await;
    let answer = client.frame(|frame| frame["ack"] == "it").await;
    let error = &answer["data"]["error"];
    let shown: String = data.chars().take(100).collect();
    assert_eq!(error["code"], "invalid_payload", "{command} {shown}: {answer}");
    assert_eq!(error["field"], field, "{command} {shown}: {answer}");
    assert!(error["message"].as_str().unwrap().len() < 1_000);
}

#[tokio::test]
async fn data_must_be_an_object() {
    let app = TestApp::start(Database::Sqlite).await;
    let mut casey = app.customer("casey").await;
    for command in ["ping", "create_ticket", "join_ticket", "get_messages", "send_message", "typing_start"] {
        for data in ["[]", "5", "\"x\"", "true", "[1,\"x\"]"] {
            assert_invalid(&mut casey, command, data, "data").await;
        }
    }
}

#[tokio::test]
async fn the_field_at_fault_is_named() {
    let app = TestApp::start(Database::Sqlite).await;
    let mut casey = app.customer("casey").await;
    let ticket = casey.create_ticket("One").await;
    for (command, data, field) in [
        ("create_ticket", json!({}), "subject"),
        ("create_ticket", json!({ "subject": null }), "subject"),
        ("create_ticket", json!({ "subject": ["x"] }), "subject"),
        ("create_ticket", json!({ "subject": "  " }), "subject"),
        ("create_ticket", json!({ "subject": "\u{200b}<b></b>" }), "subject"),
        ("create_ticket", json!({ "subject": "x".repeat(201) }), "subject"),
        ("create_ticket", json!({ "subject": "x", "priority": "now" }), "priority"),
        ("create_ticket", json!({ "subject": "x", "clientTicketId": "" }), "clientTicketId"),
        ("create_ticket", json!({ "subject": "x", "clientTicketId": "x".repeat(65) }), "clientTicketId"),
        ("create_ticket", json!({ "subject": "x", "participants": ["", "y"] }), "participants[0]"),
        ("create_ticket", json!({ "subject": "x", "participants": ["y", 5] }), "participants[1]"),
        ("create_ticket", json!({ "subject": "x", "message": "m", "format": "markdown" }), "format"),
        ("join_ticket", json!({}), "ticketId"),
        ("join_ticket", json!({ "ticketId": "abc" }), "ticketId"),
        ("join_ticket", json!({ "ticketId": 1.5 }), "ticketId"),
        ("join_ticket", json!({ "ticketId": true }), "ticketId"),
        ("join_ticket", json!({ "ticketId": "99999999999999999999" }), "ticketId"),
        ("join_ticket", json!({ "ticketId": 9_999_999_999_999_999_999_u64 }), "ticketId"),
        ("join_ticket", json!({ "ticketId": 1, "since": { "public": -1 } }), "since.public"),
        ("join_ticket", json!({ "ticketId": 1, "since": { "internal": "x" } }), "since.internal"),
        ("join_ticket", json!({ "ticketId": 1, "since": 5 }), "since"),
        ("get_messages", json!({ "ticketId": ticket, "limit": -1 }), "limit"),
        ("get_messages", json!({ "ticketId": ticket, "limit": 0 }), "limit"),
        ("get_messages", json!({ "ticketId": ticket, "limit": 201 }), "limit"),
        ("get_messages", json!({ "ticketId": ticket, "limit": "50" }), "limit"),
        ("get_messages", json!({ "ticketId": ticket, "limit": 1e30 }), "limit"),
        ("get_messages", json!({ "ticketId": ticket, "offset": -1 }), "offset"),
        ("get_messages", json!({ "ticketId": ticket, "before": {} }), "before"),
        ("send_message", json!({ "message": "x" }), "ticketId"),
        ("send_message", json!({ "ticketId": ticket }), "message"),
        ("send_message", json!({ "ticketId": ticket, "message": 5 }), "message"),
        ("send_message", json!({ "ticketId": ticket, "message": " \n " }), "message"),
        ("send_message", json!({ "ticketId": ticket, "message": "<script>x</script>" }), "message"),
        ("send_message", json!({ "ticketId": ticket, "message": "x".repeat(10_001) }), "message"),
        ("send_message", json!({ "ticketId": ticket, "message": "x", "visibility": "secret" }), "visibility"),
        ("send_message", json!({ "ticketId": ticket, "message": "x", "replyTo": "y" }), "replyTo"),
        ("send_message", json!({ "ticketId": ticket, "message": "x", "attachments": {} }), "attachments"),
        ("send_message", json!({ "ticketId": ticket, "attachments": [5] }), "attachments[0]"),
        (
            "send_message",
            json!({ "ticketId": ticket, "attachments": [{ "data": 5 }] }),
            "attachments[0].data",
        ),
        (
            "send_message",
            json!({ "ticketId": ticket, "attachments": [{ "data": "aGk=" }, { "name": {} }] }),
            "attachments[1].name",
        ),
        ("send_message", json!({ "ticketId": ticket, "attachments": [{}] }), "attachments[0]"),
        ("typing_start", json!({}), "ticketId"),
        ("get_online_users", json!({ "ticketId": null }), "ticketId"),
    ] {
        assert_invalid(&mut casey, command, &data.to_string(), field).await;
    }
    assert_eq!((app.rows("tickets"), app.rows("messages")), (1, 0));
}

#[tokio::test]
async fn numbers_that_no_machine_holds_are_refused() {
    let app = TestApp::start(Database::Sqlite).await;
    let mut casey = app.customer("casey").await;
    let digits = "9".repeat(5_000);
    for number in ["1e999999", digits.as_str(), "-0.1", "18446744073709551616"] {
        assert_invalid(&mut casey, "join_ticket", &format!(r#"{{"ticketId":{number}}}"#), "ticketId").await;
        let limited = format!(r#"{{"ticketId":1,"limit":{number}}}"#);
        assert_invalid(&mut casey, "get_messages", &limited, "limit").await;
    }
}

#[tokio::test]
async fn a_key_that_is_given_twice_is_refused() {
    let app = TestApp::start(Database::Sqlite).await;
    let mut casey = app.customer("casey").await;
    assert_invalid(&mut casey, "join_ticket", r#"{"ticketId":1,"ticketId":2}"#, "ticketId").await;
}

#[tokio::test]
async fn deep_nesting_is_no_bomb() {
    let app = TestApp::start(Database::Sqlite).await;
    let mut casey = app.customer("casey").await;
    let depth = 500_000;
    let bombs = [
        "[".repeat(depth),
        format!("{}{}", "[".repeat(depth), "]".repeat(depth)),
        format!("{}0{}", r#"{"a":"#.repeat(depth), "}".repeat(depth)),
    ];
    let unknown = format!(r#"{{"ticketId":1,"x":{}}}"#, bombs[1]);
    let known = format!(r#"{{"ticketId":{}}}"#, bombs[2]);
    // Where nobody looks it is skipped, where a value is expected it is refused.
    casey.send_text(format!(r#"{{"event":"get_online_users","data":{unknown},"ack":"deep"}}"#)).await;
    let skipped = casey.frame(|frame| frame["ack"] == "deep").await;
    assert_eq!(skipped["data"]["error"]["code"], "not_found");
    assert_invalid(&mut casey, "join_ticket", &known, "ticketId").await;
    casey.send_text(format!(r#"{{"event":"ping","ack":{}}}"#, bombs[1])).await;
    assert_eq!(casey.event("error").await["code"], "bad_frame");
    casey.send_text(bombs[0].clone()).await;
    assert_eq!(casey.event("error").await["code"], "bad_frame");
    casey.ok("ping", json!({})).await;
}

#[tokio::test]
async fn fields_that_are_not_known_are_ignored() {
    let app = TestApp::start(Database::Sqlite).await;
    let mut casey = app.customer("casey").await;
    let mut data = json!({ "subject": "x", "assignee": "y", "constructor": 5 });
    data["__proto__"] = Value::Null;
    casey.ok("create_ticket", data).await;
    casey.send_text(r#"{"event":"ping","version":2,"data":{"x":1},"ack":77}"#).await;
    assert_eq!(casey.ack(77).await["success"], true);
}

#[tokio::test]
async fn an_id_may_be_a_number_or_a_text() {
    let app = TestApp::start(Database::Sqlite).await;
    let mut casey = app.customer("casey").await;
    let ticket = casey.create_ticket("x").await;
    for id in [json!(ticket), json!(ticket.parse::<u64>().unwrap())] {
        assert_eq!(casey.ok("join_ticket", json!({ "ticketId": id })).await["ticketId"], ticket);
    }
    for id in [json!(0), json!(-1), json!(i64::MAX), json!("999999")] {
        assert_eq!(casey.refused("join_ticket", json!({ "ticketId": id })).await["code"], "not_found");
    }
}
