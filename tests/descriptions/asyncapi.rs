//! The AsyncAPI document of the socket.

use deskwire::protocol::{
    Command, asyncapi,
    catalogue::{EVENTS, REPLIES},
    envelope,
};
use serde_json::Value;

use super::{assert_examples, assert_references};
use crate::harness::contract::schemas::Schemas;

fn document() -> Value {
    asyncapi::document("localhost:8080", "ws")
}

#[test]
fn every_reference_leads_somewhere_and_every_example_is_of_its_schema() {
    assert_references(&document());
    assert_examples(&document());
}

#[test]
fn every_message_has_an_example_which_is_of_its_payload() {
    let document = document();
    let schemas = Schemas::of(&document);
    for (id, message) in document["components"]["messages"].as_object().unwrap() {
        let example = &message["examples"][0]["payload"];
        assert_eq!(schemas.fault(id, &message["payload"], example), None, "{id}: {example}");
        assert!(!message["summary"].as_str().unwrap().is_empty(), "{id} says nothing of itself");
    }
}

#[test]
fn the_examples_of_commands_are_what_the_server_takes() {
    let document = document();
    for entry in Command::CATALOGUE {
        let message = &document["components"]["messages"][format!("command.{}", entry.command.name)];
        let example = message["examples"][0]["payload"].to_string();
        let decoded = envelope::decode(&example)
            .unwrap()
            .command
            .unwrap_or_else(|error| panic!("{example}: {error:?}"));
        assert_eq!((decoded.name(), decoded.class()), (entry.command.name, entry.class));
    }
}

/// A schema says what is required, so an example without it must be refused by both.
#[test]
fn what_the_schema_of_a_command_requires_is_what_the_server_requires() {
    let document = document();
    let schemas = Schemas::of(&document);
    for entry in Command::CATALOGUE {
        let message = &document["components"]["messages"][format!("command.{}", entry.command.name)];
        let example = &message["examples"][0]["payload"];
        for field in example["data"].as_object().unwrap().keys() {
            let mut without = example.clone();
            without["data"].as_object_mut().unwrap().remove(field);
            let is_taken = envelope::decode(&without.to_string()).unwrap().command.is_ok();
            let key = entry.command.name;
            let fault = schemas.fault_of_sent(key, &message["payload"], &without);
            assert_eq!(is_taken, fault.is_none(), "{key} without {field}: {fault:?}");
        }
    }
}

#[test]
fn every_command_reply_event_and_code_is_described() {
    let document = document();
    let messages = document["components"]["messages"].as_object().unwrap();
    for entry in Command::CATALOGUE {
        let name = entry.command.name;
        assert!(
            messages.contains_key(&format!("command.{name}"))
                && messages.contains_key(&format!("ack.{name}"))
        );
        let operation = &document["operations"][name];
        assert_eq!(operation["x-rate-class"], entry.class.as_str(), "{name}");
        for event in entry.events {
            assert!(
                messages.contains_key(&format!("event.{event}")),
                "{name} names {event}, which is no event"
            );
        }
        if let Some(reply) = entry.reply {
            assert!(
                messages.contains_key(&format!("reply.{}", reply.name)),
                "{name}: no reply {}",
                reply.name
            );
        }
    }
    let replied =
        |reply: &str| Command::CATALOGUE.iter().any(|it| it.reply.is_some_and(|it| it.name == reply));
    for reply in REPLIES {
        assert!(replied(reply.name), "{} is no command's reply", reply.name);
    }
    let durable = EVENTS.iter().filter(|entry| entry.is_durable());
    for entry in durable {
        let message = &messages[&format!("event.{}", entry.event.name)];
        assert_eq!(message["x-durable"], true);
        for field in ["ticketId", "stream", "seq"] {
            assert!(!message["examples"][0]["payload"]["data"][field].is_null(), "{}", entry.event.name);
        }
    }
    assert!(document["x-error-codes"].as_array().unwrap().len() >= 15);
    assert!(document["channels"]["ws"]["x-close-codes"].as_array().unwrap().len() >= 11);
}
