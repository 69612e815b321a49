//! The AsyncAPI 3.0 document of the socket, made of the catalogues of commands, replies, events and codes.
//!
//! Owns how a frame is described; what is in it is the types' own. Does not know where the server is
//! reached.

use serde_json::{Map, Value, json};
use strum::VariantArray;
use utoipa::{PartialSchema, ToSchema};

use super::{
    Ack, CloseCode, Command, CommandEntry, ErrorCode, SUBPROTOCOL, VERSION, WireError,
    catalogue::{EVENTS, EventEntry, REPLIES},
    spec::{Described, Schemas, schema_value},
};

const ABOUT: &str = "Ticket-support chat over a plain WebSocket. Every frame is one JSON object. \
    A client sends commands; each is answered once: by an `ack` if it asked for one, else by its named reply \
    or by `error`. What happens is told by events; durable ones are numbered, and can be replayed. \
    Clients ignore events and fields that they do not know. The same commands can be carried over HTTP: \
    see `/api/openapi.json`.";

const CHANNEL: &str = "#/channels/ws";

/// The document; `host` is where the server is reached, by `ws` or `wss`.
pub fn document(host: &str, protocol: &str) -> Value {
    let commands = Command::CATALOGUE;
    let mut messages = Map::new();
    for entry in commands {
        messages.insert(command_id(entry.command), command_message(entry));
        messages.insert(ack_id(entry), ack_message(entry));
    }
    for reply in REPLIES {
        messages.insert(reply_id(*reply), reply_message(*reply));
    }
    for entry in EVENTS {
        messages.insert(event_id(entry.event), event_message(entry));
    }
    messages.insert(REFUSED.to_owned(), refused_message());
    let in_channel: Map<String, Value> =
        messages.keys().map(|id| (id.clone(), reference(&format!("#/components/messages/{id}")))).collect();
    let mut operations: Map<String, Value> =
        commands.iter().map(|entry| (entry.command.name.to_owned(), command_operation(entry))).collect();
    operations.extend(EVENTS.iter().map(|entry| (event_id(entry.event), event_operation(entry))));
    json!({
        "asyncapi": "3.0.0",
        "info": {"title": "Deskwire", "version": env!("CARGO_PKG_VERSION"), "description": ABOUT},
        "defaultContentType": "application/json",
        "servers": {"deskwire": {"host": host, "protocol": protocol, "description": "This server."}},
        "channels": {"ws": channel(in_channel)},
        "operations": operations,
        "components": {"messages": messages, "schemas": schemas()},
        "x-error-codes": ErrorCode::VARIANTS.iter().map(|code| json!({
            "code": code.as_str(), "meaning": code.meaning(),
        })).collect::<Vec<_>>(),
    })
}

fn channel(messages: Map<String, Value>) -> Value {
    json!({
        "address": "/ws",
        "title": "The socket",
        "description": format!(
            "Version {VERSION} of the protocol. Authenticate first: by the command `authenticate`, or by a \
             bearer token in the header `Authorization` of the upgrade request."
        ),
        "messages": messages,
        "bindings": {"ws": {
            "bindingVersion": "0.1.0",
            "method": "GET",
            "headers": {"type": "object", "properties": {
                "Authorization": {"type": "string", "description": "`Bearer <token>`; instead of `authenticate`."},
                "Sec-WebSocket-Protocol": {"type": "string", "enum": [SUBPROTOCOL]},
            }},
        }},
        "x-close-codes": CloseCode::VARIANTS.iter().map(|code| json!({
            "code": code.code(), "reason": code.reason(), "meaning": code.meaning(),
        })).collect::<Vec<_>>(),
    })
}

const REFUSED: &str = "ack.refused";

fn command_id(command: Described) -> String {
    format!("command.{}", command.name)
}

fn ack_id(entry: &CommandEntry) -> String {
    format!("ack.{}", entry.command.name)
}

fn reply_id(reply: Described) -> String {
    format!("reply.{}", reply.name)
}

fn event_id(event: Described) -> String {
    format!("event.{}", event.name)
}

fn reference(to: &str) -> Value {
    json!({"$ref": to})
}

fn in_channel(id: &str) -> Value {
    reference(&format!("{CHANNEL}/messages/{id}"))
}

fn ack_schema() -> Value {
    reference(&format!("#/components/schemas/{}", Ack::name()))
}

/// The frame of an event or a named reply.
fn frame(name: &str, data: &Value) -> Value {
    json!({
        "type": "object",
        "required": ["event", "data"],
        "properties": {"event": {"type": "string", "const": name}, "data": data},
    })
}

fn ack_frame(data: &Value) -> Value {
    let mut frame = frame("ack", data);
    frame["required"] = json!(["event", "ack", "data"]);
    frame["properties"]["ack"] = ack_schema();
    frame
}

fn message(name: &str, title: String, summary: &str, payload: Value, example: Value) -> Value {
    json!({
        "name": name, "title": title, "summary": summary, "payload": payload,
        "examples": [{"name": "example", "payload": example}],
    })
}

fn command_message(entry: &CommandEntry) -> Value {
    let CommandEntry { command, class, .. } = entry;
    let mut payload = frame(command.name, &command.reference());
    payload["properties"]["ack"] = ack_schema();
    if !command.has_required_fields() {
        payload["required"] = json!(["event"]);
        payload["properties"]["data"] = json!({"oneOf": [{"type": "null"}, command.reference()]});
    }
    let example = json!({"event": command.name, "data": command.example(), "ack": 7});
    let title = format!("Command {}", command.name);
    let mut message = message(command.name, title, &command.summary(), payload, example);
    message["x-rate-class"] = class.as_str().into();
    message
}

fn ack_message(entry: &CommandEntry) -> Value {
    let success = json!({
        "type": "object",
        "required": ["success"],
        "properties": {"success": {"type": "boolean", "const": true}},
    });
    let (data, fields) = match entry.reply {
        Some(reply) => (json!({"allOf": [success, reply.reference()]}), reply.example()),
        None => (success, json!({})),
    };
    let mut answer = json!({"success": true});
    if let (Some(answer), Value::Object(fields)) = (answer.as_object_mut(), fields) {
        answer.extend(fields);
    }
    let example = json!({"event": "ack", "ack": 7, "data": answer});
    let title = format!("Ack of {}", entry.command.name);
    message("ack", title, "The command was carried out.", ack_frame(&data), example)
}

fn refused_message() -> Value {
    let error = reference(&format!("#/components/schemas/{}", WireError::name()));
    let data = json!({
        "type": "object",
        "required": ["success", "error"],
        "properties": {"success": {"type": "boolean", "const": false}, "error": error},
    });
    let example = json!({
        "event": "ack", "ack": 7, "data": {"success": false, "error": super::examples::error()},
    });
    message("ack", "Ack of a refusal".to_owned(), "The command was refused.", ack_frame(&data), example)
}

fn reply_message(reply: Described) -> Value {
    let example = json!({"event": reply.name, "data": reply.example()});
    let title = format!("Reply {}", reply.name);
    message(reply.name, title, &reply.summary(), frame(reply.name, &reply.reference()), example)
}

fn event_message(entry: &EventEntry) -> Value {
    let EventEntry { event } = entry;
    let example = json!({"event": event.name, "data": event.example()});
    let title = format!("Event {}", event.name);
    let payload = frame(event.name, &event.reference());
    let mut message = message(event.name, title, &event.summary(), payload, example);
    message["x-durable"] = entry.is_durable().into();
    message
}

fn command_operation(entry: &CommandEntry) -> Value {
    let mut replies = vec![in_channel(&ack_id(entry)), in_channel(REFUSED)];
    replies.extend(entry.reply.map(|reply| in_channel(&reply_id(reply))));
    // Without an `ack`, a refusal is an event.
    replies.push(in_channel("event.error"));
    json!({
        "action": "receive",
        "channel": reference(CHANNEL),
        "summary": entry.command.summary(),
        "tags": [{"name": entry.class.as_str()}],
        "messages": [in_channel(&command_id(entry.command))],
        "reply": {"channel": reference(CHANNEL), "messages": replies},
        "x-rate-class": entry.class.as_str(),
        "x-events": entry.events,
    })
}

fn event_operation(entry: &EventEntry) -> Value {
    json!({
        "action": "send",
        "channel": reference(CHANNEL),
        "summary": entry.event.summary(),
        "messages": [in_channel(&event_id(entry.event))],
        "x-durable": entry.is_durable(),
    })
}

/// Of all that the messages name.
fn schemas() -> Map<String, Value> {
    let mut schemas = Schemas::new();
    for entry in Command::CATALOGUE {
        entry.command.collect(&mut schemas);
    }
    for described in REPLIES.iter().chain(EVENTS.iter().map(|it| &it.event)) {
        described.collect(&mut schemas);
    }
    schemas.push((WireError::name().into_owned(), WireError::schema()));
    WireError::schemas(&mut schemas);
    schemas.push((Ack::name().into_owned(), Ack::schema()));
    schemas.into_iter().map(|(name, schema)| (name, schema_value(&schema))).collect()
}
