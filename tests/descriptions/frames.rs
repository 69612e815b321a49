//! Every frame that goes out, made of one small story and compared with its recorded bytes.
//!
//! Clients may rely on the order of keys, which comparing JSON values would not see.

use std::{fs, path::PathBuf, sync::Arc};

use bytestring::ByteString;
use deskwire::{
    domain::{
        CannedResponseId, Changes, Confirmation, Confirmed, ConnectionId, FaultId, LogEntry, LogEvent,
        LogKind, Message, MessageId, NotificationId, Stream, Ticket, TicketOverview, User, Visible,
        WebhookEvent, WebhookId, log::LoggedReaction,
    },
    protocol::{
        Ack, CloseCode, CloseObject, EncodedReply, ErrorCode, Event, Reply, WireError,
        app_events::{Announcement, CustomEvent},
        canned_responses::{CannedResponseDeleted, CannedResponseSaved, CannedResponses},
        catalogue::{EVENTS, REPLIES},
        connection::{Hello, Pong, ServerDraining, Settings},
        encode,
        messages::{MessageDeleted, MessageEdited, MessageSent, Messages},
        notifications::{
            NotificationRead, NotificationReadEvent, Notifications, NotificationsReadAll,
            NotificationsReadAllEvent,
        },
        objects::{
            CannedResponseObject, ChangesObject, Json, MessageObject, NotificationObject, OverviewObject,
            PositionObject, ReceiptObject, Rfc3339, StatusObject, TicketObject, UserObject,
        },
        participants::{ParticipantAdded, ParticipantRemoved},
        polling::PollResult,
        queue::{QueueReason, QueueSubscribed, QueueTicket, QueueUnsubscribed},
        ratings::TicketRated,
        reactions::{ReactionAdded, ReactionRemoved},
        receipts::{self, MessagesDelivered, MessagesRead},
        rooms::{
            JoinedTicket, LeftTicket, LeftTicketEvent, OnlineUsers, ReplayComplete, UserJoinedTicket,
            UserLeftTicket,
        },
        search::{SearchResult, SearchResults},
        sign_in::{Authenticated, AuthenticationError, TokenExpiring},
        statuses::UsersStatus,
        tickets::{self, TicketCreated, TicketUpdated, Tickets},
        typing::{UserStoppedTyping, UserTyping},
        webhooks,
    },
};
use serde_json::{
    Value, json,
    value::{RawValue, to_raw_value},
};

use super::story::{
    EPOCH, TICKET, agent, all_changes, bo, canned_response, changes, custom_notification, customer, edited,
    emoji, entry, full_ticket, id, message, notification, odd_messages, overview, own_ticket, receipt,
    statuses, ticket, time,
};

fn reply(fields: &impl Reply) -> EncodedReply {
    EncodedReply::of(fields).unwrap()
}

fn event(fields: &impl Event) -> ByteString {
    encode::event(fields).unwrap()
}

fn raw(message: &Message) -> Box<RawValue> {
    encode::message(message).unwrap()
}

fn position(visible: Visible) -> PositionObject {
    PositionObject::new(ticket().position, visible)
}

fn users(users: &[User]) -> Vec<UserObject<'_>> {
    users.iter().map(UserObject::from).collect()
}

fn page(messages: &[Message]) -> EncodedReply {
    reply(&Messages {
        ticket_id: TICKET,
        messages: messages.iter().map(raw).collect(),
        total: 2,
        has_more: true,
        position: position(Visible::Both),
    })
}

fn created(ticket: &Ticket, message: Option<&RawValue>, visible: Visible, duplicate: bool) -> EncodedReply {
    reply(&TicketCreated {
        ticket: TicketObject::new(ticket, visible),
        message,
        position: position(visible),
        duplicate,
    })
}

fn updated(ticket: &Ticket, changes: &Changes, visible: Visible) -> EncodedReply {
    let changes = ChangesObject::new(changes, visible);
    reply(&TicketUpdated { ticket: TicketObject::new(ticket, visible), changes })
}

fn listed(overview: &TicketOverview, visible: Visible) -> Box<RawValue> {
    to_raw_value(&OverviewObject::new(overview, visible)).unwrap()
}

/// Each reply as its example is, in the order of the documents.
fn replies() -> Vec<EncodedReply> {
    let (ticket_id, message_id) = (TICKET, MessageId(6));
    let (casey, alex, bo) = (customer(), agent(), bo());
    let LoggedReaction { emoji, user_id, .. } = &emoji();
    let overview = overview();
    let marked = receipt(2);
    let [online, _] = &statuses();
    let message = message();
    let found = SearchResult { message: MessageObject::from(&message), snippet: "Any <b>news</b>? Thanks" };
    vec![
        reply(&Authenticated {
            user: UserObject::from(&casey),
            expires_at: Rfc3339(time("06:47:14.000")),
            epoch: EPOCH,
        }),
        created(&own_ticket(), Some(&raw(&message)), Visible::PublicOnly, false),
        reply(&JoinedTicket {
            ticket_id,
            ticket: TicketObject::new(&own_ticket(), Visible::PublicOnly),
            position: position(Visible::PublicOnly),
            epoch: EPOCH,
            replaying: 0,
            reset: false,
            online_users: users(&[alex.clone(), casey.clone()]),
            receipts: vec![ReceiptObject::from(&receipt(1))],
        }),
        reply(&LeftTicket { ticket_id }),
        page(std::slice::from_ref(&message)),
        reply(&MessageSent { message: &raw(&message), duplicate: false }),
        reply(&OnlineUsers { ticket_id, users: users(&[alex, casey]) }),
        reply(&Pong { at: Rfc3339(time("05:47:15.297")) }),
        reply(&MessageEdited { message: MessageObject::from(&edited()) }),
        reply(&MessageDeleted { ticket_id, message_id }),
        reply(&ReactionAdded { ticket_id, message_id, emoji, user_id }),
        reply(&ReactionRemoved { ticket_id, message_id, emoji, user_id }),
        reply(&receipts::Receipt {
            ticket_id,
            stream: marked.stream,
            user_id: &marked.user_id,
            delivered_seq: marked.delivered_seq,
            read_seq: marked.read_seq,
        }),
        reply(&Tickets { tickets: vec![listed(&overview, Visible::Both)], next_cursor: None }),
        reply(&tickets::Ticket { ticket: OverviewObject::new(&overview, Visible::Both) }),
        updated(&ticket(), &changes(), Visible::Both),
        reply(&ParticipantAdded { ticket_id, user: UserObject::from(&bo) }),
        reply(&ParticipantRemoved { ticket_id, user: UserObject::from(&bo) }),
        reply(&TicketRated { ticket_id, score: 5 }),
        reply(&QueueSubscribed { tickets: 2 }),
        reply(&QueueUnsubscribed {}),
        reply(&UsersStatus {
            users: statuses().iter().map(|(user, status)| StatusObject::new(user, *status)).collect(),
        }),
        reply(&Notifications { notifications: vec![NotificationObject::from(&notification())], unread: 1 }),
        reply(&NotificationRead { notification_id: NotificationId(6) }),
        reply(&NotificationsReadAll {}),
        reply(&SearchResults { results: vec![to_raw_value(&found).unwrap()], has_more: false }),
        reply(&CannedResponses { canned_responses: vec![CannedResponseObject::from(&canned_response())] }),
        reply(&CannedResponseSaved { canned_response: CannedResponseObject::from(&canned_response()) }),
        reply(&CannedResponseDeleted { id: CannedResponseId(1) }),
        reply(&StatusObject::new(&online.0, online.1)),
    ]
}

/// Forms of replies that their examples do not show.
fn more_replies() -> Vec<EncodedReply> {
    let [bare, deleted] = odd_messages();
    let muted = TicketOverview { ticket: full_ticket(), last_message: None, unread: 0, muted: true };
    let muted = || listed(&muted, Visible::PublicOnly);
    let message = message();
    let found = SearchResult { message: MessageObject::from(&message), snippet: "news" };
    vec![
        created(&ticket(), None, Visible::Both, true),
        reply(&MessageSent { message: &raw(&bare), duplicate: true }),
        page(&[]),
        page(&[bare, deleted]),
        reply(&JoinedTicket {
            ticket_id: TICKET,
            ticket: TicketObject::new(&own_ticket(), Visible::Both),
            position: position(Visible::Both),
            epoch: EPOCH,
            replaying: 7,
            reset: true,
            online_users: Vec::new(),
            receipts: Vec::new(),
        }),
        EncodedReply::EMPTY,
        reply(&Tickets { tickets: Vec::new(), next_cursor: None }),
        reply(&Tickets { tickets: vec![muted(), muted()], next_cursor: Some("MTcuMw") }),
        updated(&full_ticket(), &all_changes(), Visible::Both),
        updated(&full_ticket(), &all_changes(), Visible::PublicOnly),
        reply(&SearchResults { results: vec![to_raw_value(&found).unwrap()], has_more: true }),
        reply(&Notifications {
            notifications: vec![NotificationObject::from(&custom_notification())],
            unread: 0,
        }),
        reply(&TicketRated { ticket_id: TICKET, score: 5 }).echoed(),
        reply(&ParticipantRemoved { ticket_id: TICKET, user: UserObject::from(&bo()) }),
    ]
}

fn logged(entry: &LogEntry) -> ByteString {
    let frame = encode::entry(entry).unwrap();
    if let LogEvent::MessageSent(message) = &entry.event {
        assert_eq!(encode::new_message(&raw(message)), frame, "both ways to the frame of a message");
    }
    frame
}

/// Each event as its example is, in the order of the documents.
fn events() -> Vec<ByteString> {
    let (ticket_id, casey) = (TICKET, customer());
    let confirmed = Confirmed {
        ticket_id,
        stream: Stream::Public,
        user_id: id("alex"),
        what: Confirmation::Read,
        seq: 2,
        message_ids: vec![MessageId(5), MessageId(6)],
        by: None,
    };
    let log = |event| logged(&entry(event));
    let (name, data) = ("order.shipped", Json(r#"{"order":"1042"}"#));
    let settings = Settings {
        heartbeat_ms: 25_000,
        auth_timeout_ms: 10_000,
        max_frame_bytes: 16_777_216,
        max_attachment_bytes: 10_485_760,
    };
    let [online, _] = &statuses();
    vec![
        event(&Hello::new(ConnectionId(1), settings)),
        event(&AuthenticationError {
            code: ErrorCode::AuthenticationFailed,
            message: "The token was refused.",
            retry_after_ms: None,
        }),
        event(&TokenExpiring { expires_at: Rfc3339(time("06:47:14.000")) }),
        logged(&LogEntry::sent(Arc::new(message()))),
        log(LogEvent::MessageEdited(Arc::new(edited()))),
        log(LogEvent::MessageDeleted(MessageId(6))),
        log(LogEvent::ReactionAdded(emoji())),
        log(LogEvent::ReactionRemoved(emoji())),
        log(LogEvent::TicketUpdated { actor: Some(agent()), changes: changes() }),
        log(LogEvent::ParticipantAdded(bo())),
        log(LogEvent::ParticipantRemoved(bo())),
        log(LogEvent::TicketRated { score: 5 }),
        event(&MessagesDelivered::from(&confirmed)),
        event(&MessagesRead::from(&confirmed)),
        event(&QueueTicket {
            reason: QueueReason::Created,
            ticket: TicketObject::new(&ticket(), Visible::Both),
        }),
        event(&StatusObject::new(&online.0, online.1)),
        event(&NotificationObject::from(&notification())),
        event(&NotificationReadEvent { notification_id: NotificationId(6) }),
        event(&NotificationsReadAllEvent {}),
        event(&CustomEvent { name, data }),
        event(&Announcement { name, data }),
        event(&ReplayComplete { ticket_id, position: position(Visible::PublicOnly) }),
        event(&UserJoinedTicket::new(ticket_id, &casey)),
        event(&UserLeftTicket::new(ticket_id, &casey)),
        event(&UserTyping::new(ticket_id, &casey)),
        event(&UserStoppedTyping::new(ticket_id, &casey)),
        event(&LeftTicketEvent { ticket_id, reason: "access_lost" }),
        event(&ServerDraining { reconnect_after_ms: 1_733 }),
        encode::error(&refusal(), "get_ticket").unwrap(),
    ]
}

/// Forms of events that their examples do not show.
fn more_events() -> Vec<ByteString> {
    let [bare, deleted] = odd_messages();
    vec![
        logged(&LogEntry::sent(Arc::new(bare))),
        logged(&entry(LogEvent::MessageEdited(Arc::new(deleted)))),
        logged(&entry(LogEvent::TicketUpdated { actor: None, changes: all_changes() })),
        event(&NotificationObject::from(&custom_notification())),
        event(&AuthenticationError {
            code: ErrorCode::RateLimited,
            message: "Too many.",
            retry_after_ms: Some(1_000),
        }),
        encode::error(&WireError::overloaded(), "").unwrap(),
    ]
}

fn refusal() -> WireError {
    WireError::invalid("ticketId", "This field is required.")
}

fn refusals() -> Vec<WireError> {
    let moved = WireError {
        position: Some(PositionObject::new(ticket().position, Visible::Both)),
        ..WireError::new(ErrorCode::Conflict, "The ticket has moved on; someone was faster.")
    };
    vec![refusal(), WireError::overloaded(), WireError::internal(FaultId(7)), moved]
}

fn webhook_bodies() -> Vec<String> {
    let at = time("05:47:14.318");
    let sent = LogEntry::sent(Arc::new(message()));
    let rated = entry(LogEvent::TicketRated { score: 5 });
    let bodies = [
        webhooks::entry_body(WebhookEvent::Log(LogKind::MessageSent), at, &sent),
        webhooks::entry_body(WebhookEvent::Log(LogKind::TicketRated), at, &rated),
        webhooks::ticket_body(at, &ticket(), Visible::Both),
        webhooks::ticket_body(at, &ticket(), Visible::PublicOnly),
        webhooks::ping_body(at, WebhookId(4)),
    ];
    bodies.into_iter().map(Result::unwrap).collect()
}

fn polls() -> Vec<String> {
    let poll = |events: &[&ByteString], close: Option<CloseCode>| {
        let result = PollResult {
            events: events.iter().map(|frame| serde_json::from_str(frame).unwrap()).collect(),
            position: position(Visible::PublicOnly),
            epoch: EPOCH,
            reset: false,
            close: close.map(CloseObject::from),
        };
        serde_json::to_string(&result).unwrap()
    };
    let events = events();
    vec![poll(&[], None), poll(&[&events[3], &events[11]], Some(CloseCode::Unauthenticated))]
}

fn answer(ack: Option<&Ack>, answer: &Result<EncodedReply, WireError>) -> String {
    let frame = encode::answer(ack, "get_ticket", answer).unwrap();
    frame.map_or_else(|| "(nothing)".to_owned(), String::from)
}

/// Both forms of an answer.
fn answers(reply: EncodedReply) -> [String; 2] {
    let reply = Ok(reply);
    [answer(Some(&Ack::Number(7)), &reply), answer(None, &reply)]
}

fn recorded() -> String {
    let mut lines = Vec::new();
    let mut section = |name: &str, frames: Vec<String>| {
        lines.push(format!("# {name}"));
        lines.extend(frames);
    };
    section("replies", replies().into_iter().flat_map(answers).collect());
    section("replies of other forms", more_replies().into_iter().flat_map(answers).collect());
    let refused = refusals().into_iter().flat_map(|error| {
        let error = Err(error);
        [answer(Some(&Ack::Text("a \"7\"".into())), &error), answer(None, &error)]
    });
    section("refusals", refused.collect());
    section("events", events().into_iter().map(String::from).collect());
    section("events of other forms", more_events().into_iter().map(String::from).collect());
    section("webhooks", webhook_bodies());
    section("polls", polls());
    lines.join("\n") + "\n"
}

#[test]
fn every_frame_has_its_recorded_bytes() {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/descriptions/frames.txt");
    let made = recorded();
    if std::env::var_os("UPDATE_DOCS").is_some() {
        return fs::write(path, made).unwrap();
    }
    let before = fs::read_to_string(path).unwrap();
    for (index, (before, now)) in before.lines().zip(made.lines()).enumerate() {
        assert_eq!(now, before, "tests/descriptions/frames.txt:{}", index + 1);
    }
    assert_eq!(made, before);
}

fn parsed(frame: &str) -> (String, Value) {
    let mut frame: Value = serde_json::from_str(frame).unwrap();
    (frame["event"].as_str().unwrap().to_owned(), frame["data"].take())
}

/// So that nothing of the wire is left out, and the examples are what the types encode.
#[test]
fn the_story_has_each_reply_and_event_of_the_documents_as_its_example() {
    let made: Vec<_> = replies().into_iter().map(|reply| parsed(&answer(None, &Ok(reply)))).collect();
    let described: Vec<_> = REPLIES.iter().map(|it| (it.name.to_owned(), it.example())).collect();
    assert_eq!(made, described);
    let made: Vec<_> = events().iter().map(|frame| parsed(frame)).collect();
    let described: Vec<_> = EVENTS.iter().map(|it| (it.event.name.to_owned(), it.event.example())).collect();
    assert_eq!(made, described);
}

#[test]
fn an_ack_has_the_fields_of_the_reply_beside_success() {
    for reply in replies() {
        let (name, fields) = parsed(&answer(None, &Ok(reply.clone())));
        let acknowledged: Value = serde_json::from_str(&answer(Some(&Ack::Number(7)), &Ok(reply))).unwrap();
        let mut expected = fields;
        expected["success"] = true.into();
        assert_eq!(acknowledged, json!({"event": "ack", "ack": 7, "data": expected}), "{name}");
    }
}
