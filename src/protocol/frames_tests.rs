//! Every frame that goes out, made of one small story and compared with its recorded bytes.
//!
//! Clients may rely on the order of keys, which comparing JSON values would not see.

use std::{fs, path::PathBuf, sync::Arc};

use bytestring::ByteString;
use serde_json::{Value, json};

use super::{
    Ack, CloseCode, ErrorCode, Event, Reply, WireError, event,
    event::{Announcement, CustomEvent, Hello, QueueReason},
    frame,
    objects::{Json, MessageObject, OverviewObject, PositionObject},
    reply::{Conversation, JoinedTicket, Messages, Polled, fields},
    webhooks,
};
use crate::domain::{
    Attachment, AttachmentId, Availability, CannedResponse, CannedResponseId, Changes, ClientKey,
    Confirmation, Confirmed, ConnectionId, CustomNotice, FaultId, FromTo, Happening, LogEntry, Message,
    MessageId, MessageStatus, Notification, NotificationId, NotificationKind, Position, Priority, Rating,
    Reaction, Receipt, Role, Stream, Ticket, TicketId, TicketOverview, TicketStatus, Timestamp, User, UserId,
    UserStatus, Visible, WebhookEvent, WebhookId, log::Emoji,
};

const TICKET: TicketId = TicketId(3);
const EPOCH: &str = "612fccd5b86bf0be";

fn time(text: &str) -> Timestamp {
    let text = format!("2026-11-21T{text}Z");
    Timestamp::from_system_time(humantime::parse_rfc3339(&text).unwrap())
}

fn id(id: &str) -> UserId {
    UserId::new(id).unwrap()
}

fn user(name: &str, role: Role) -> User {
    User { id: id(&name.to_lowercase()), name: name.to_owned(), role }
}

fn customer() -> User {
    user("Casey", Role::Customer)
}

fn agent() -> User {
    user("Alex", Role::Agent)
}

fn bo() -> User {
    user("Bo", Role::Customer)
}

fn message() -> Message {
    let attachment = |id: &str, name: &str, media_type: &str, size, link: Option<&str>| Attachment {
        id: AttachmentId::parse(id).unwrap(),
        name: name.to_owned(),
        media_type: media_type.to_owned(),
        size,
        link: link.map(str::to_owned),
    };
    Message {
        id: MessageId(6),
        ticket_id: TICKET,
        stream: Stream::Public,
        seq: 2,
        pos: 2,
        client_message_id: ClientKey::new("m-1"),
        sender: customer(),
        body: "Any news? <b>Thanks</b>".to_owned(),
        reply_to: Some(MessageId(5)),
        attachments: vec![
            attachment("839e28a616f40b40e9aa8a1e384f0ebe", "hello.txt", "text/plain", 5, None),
            attachment(
                "b42ae1c18bfe3bd6a5760e76b5d94b14",
                "Tracking",
                "text/uri-list",
                0,
                Some("https://example.com/track/1"),
            ),
        ],
        reactions: vec![Reaction { emoji: "\u{2764}\u{fe0f}".to_owned(), users: vec![id("alex")] }],
        status: MessageStatus::Sent,
        created_at: time("05:47:14.318"),
        edited_at: None,
        deleted_at: None,
    }
}

fn edited() -> Message {
    Message { body: "Any news? Thanks".to_owned(), edited_at: Some(time("09:26:30.192")), ..message() }
}

/// Of an agent, in the internal stream, with every character that JSON escapes; and deleted.
fn odd_messages() -> [Message; 2] {
    let bare = Message {
        stream: Stream::Internal,
        client_message_id: None,
        sender: agent(),
        body: "\"\\/\u{8}\u{c}\n\r\t\u{1}\u{7f}\u{2028} \u{1f600} ä".to_owned(),
        reply_to: None,
        attachments: Vec::new(),
        reactions: Vec::new(),
        status: MessageStatus::Read,
        ..message()
    };
    let deleted = Message { deleted_at: Some(time("09:30:00.001")), ..message() };
    [bare, deleted]
}

fn ticket() -> Ticket {
    Ticket {
        id: TICKET,
        subject: "Where is my order?".to_owned(),
        status: TicketStatus::Open,
        priority: Priority::Normal,
        requester: customer(),
        assignee: None,
        participants: Vec::new(),
        position: Position { public: 2, internal: 0 },
        created_at: time("05:47:14.303"),
        updated_at: time("05:47:14.318"),
        last_message_at: Some(time("05:47:14.318")),
        closed_at: None,
        rating: None,
        labels: vec!["billing".to_owned()],
        snoozed_until: None,
    }
}

fn own_ticket() -> Ticket {
    Ticket { assignee: Some(agent()), ..ticket() }
}

/// With each field that a ticket may have.
fn full_ticket() -> Ticket {
    Ticket {
        status: TicketStatus::Closed,
        participants: vec![bo()],
        closed_at: Some(time("09:31:00.000")),
        rating: Some(Rating { score: 5, comment: Some("Fast!".to_owned()), rated_at: time("09:35:21.953") }),
        snoozed_until: Some(time("10:00:00.000")),
        ..own_ticket()
    }
}

fn changes() -> Changes {
    Changes {
        status: Some(FromTo { from: TicketStatus::Open, to: TicketStatus::Closed }),
        assignee_id: Some(FromTo { from: None, to: Some(id("alex")) }),
        ..Changes::default()
    }
}

fn all_changes() -> Changes {
    Changes {
        subject: Some(FromTo { from: "Order".to_owned(), to: "Where is my order?".to_owned() }),
        priority: Some(FromTo { from: Priority::Normal, to: Priority::Low }),
        labels: Some(FromTo { from: Vec::new(), to: vec!["billing".to_owned()] }),
        snoozed_until: Some(FromTo { from: None, to: Some(time("10:00:00.000")) }),
        muted: Some(FromTo { from: false, to: true }),
        ..changes()
    }
}

fn overview() -> TicketOverview {
    TicketOverview { ticket: ticket(), last_message: Some(message()), unread: 1, muted: false }
}

fn receipt(read_seq: i64) -> Receipt {
    Receipt { user_id: id("alex"), stream: Stream::Public, delivered_seq: 2, read_seq }
}

fn statuses() -> [(UserId, UserStatus); 2] {
    let online = UserStatus { status: Availability::Online, last_seen: Some(time("09:35:21.952")) };
    [(id("casey"), online), (id("never"), UserStatus { status: Availability::Offline, last_seen: None })]
}

fn notification() -> Notification {
    Notification {
        id: NotificationId(6),
        user_id: id("alex"),
        kind: NotificationKind::Mention,
        ticket_id: Some(TICKET),
        subject: "Where is my order?".to_owned(),
        message_id: Some(MessageId(6)),
        excerpt: "@alex any news?".to_owned(),
        for_staff: false,
        actor: Some(customer()),
        created_at: time("09:27:37.338"),
        read_at: None,
        custom: None,
    }
}

fn custom_notification() -> Notification {
    Notification {
        kind: NotificationKind::Custom,
        message_id: None,
        read_at: Some(time("09:28:00.000")),
        custom: Some(Box::new(CustomNotice {
            kind: "order.shipped".to_owned(),
            title: "Shipped".to_owned(),
            body: "It is on its way.".to_owned(),
            link: Some("/orders/1042".to_owned()),
            data: Some(r#"{ "order": "1042" }"#.to_owned()),
        })),
        ..notification()
    }
}

fn canned_response() -> CannedResponse {
    CannedResponse {
        id: CannedResponseId(1),
        shortcut: "hello".to_owned(),
        title: "Greeting".to_owned(),
        body: "Hello {{customer.name}},\nwelcome!".to_owned(),
        owner: None,
        author: agent(),
        updated_at: time("09:35:21.953"),
    }
}

fn emoji() -> Emoji {
    Emoji { message_id: MessageId(6), emoji: "\u{2764}\u{fe0f}".to_owned(), user_id: id("alex") }
}

fn entry(what: Happening) -> LogEntry {
    LogEntry { ticket_id: TICKET, stream: Stream::Public, seq: 3, pos: 3, what }
}

fn raw(message: &Message) -> ByteString {
    serde_json::to_string(&MessageObject::from(message)).unwrap().into()
}

fn joined() -> JoinedTicket {
    JoinedTicket {
        ticket: own_ticket(),
        visible: Visible::PublicOnly,
        epoch: EPOCH.into(),
        replaying: 0,
        reset: false,
        online_users: vec![agent(), customer()],
        receipts: vec![receipt(1)],
    }
}

fn page(messages: &[Message]) -> Messages {
    Messages {
        ticket_id: TICKET,
        messages: messages.iter().map(raw).collect(),
        total: 2,
        has_more: true,
        position: PositionObject::new(ticket().position, Visible::Both),
    }
}

/// Each reply as its example is, in the order of the documents.
fn replies() -> Vec<Reply> {
    let conversation = Reply::Conversation;
    let overview = overview();
    let shown = OverviewObject::new(&overview, Visible::Both);
    let listed = ByteString::from(serde_json::to_string(&shown).unwrap());
    let found = message();
    let found = [(&found, "Any <b>news</b>? Thanks")];
    vec![
        Reply::Authenticated { user: customer(), expires_at: time("06:47:14.000"), epoch: EPOCH.into() },
        Reply::TicketCreated {
            ticket: Box::new(own_ticket()),
            message: Some(raw(&message())),
            duplicate: false,
            visible: Visible::PublicOnly,
        },
        Reply::JoinedTicket(Box::new(joined())),
        Reply::LeftTicket { ticket_id: TICKET },
        Reply::Messages(page(&[message()])),
        Reply::MessageSent { message: raw(&message()), duplicate: false },
        Reply::OnlineUsers { ticket_id: TICKET, users: vec![agent(), customer()] },
        Reply::Pong { at: time("05:47:15.297") },
        conversation(Conversation::message_edited(&edited())),
        conversation(Conversation::message_deleted(TICKET, MessageId(6))),
        conversation(Conversation::reaction_added(TICKET, &emoji())),
        conversation(Conversation::reaction_removed(TICKET, &emoji())),
        conversation(Conversation::receipt(TICKET, &receipt(2))),
        conversation(Conversation::tickets(&[listed], None)),
        conversation(Conversation::ticket(&shown)),
        conversation(Conversation::ticket_updated(&ticket(), &changes(), Visible::Both)),
        conversation(Conversation::participant_added(TICKET, &bo())),
        conversation(Conversation::participant_removed(TICKET, &bo())),
        conversation(Conversation::ticket_rated(TICKET, 5)),
        conversation(Conversation::queue_subscribed(2)),
        conversation(Conversation::queue_unsubscribed()),
        conversation(Conversation::users_status(&statuses())),
        conversation(Conversation::notifications(&[notification()], 1)),
        conversation(Conversation::notification_read(NotificationId(6))),
        conversation(Conversation::notifications_read_all()),
        conversation(Conversation::search_results(found.into_iter(), false, 1_000)),
        conversation(Conversation::canned_responses(&[canned_response()])),
        conversation(Conversation::canned_response_saved(&canned_response())),
        conversation(Conversation::canned_response_deleted(CannedResponseId(1))),
        conversation(Conversation::user_status(&id("casey"), statuses()[0].1)),
    ]
}

/// Forms of replies that their examples do not show.
fn more_replies() -> Vec<Reply> {
    let conversation = Reply::Conversation;
    let [bare, deleted] = odd_messages();
    let muted = TicketOverview { ticket: full_ticket(), last_message: None, unread: 0, muted: true };
    let listed = serde_json::to_string(&OverviewObject::new(&muted, Visible::PublicOnly)).unwrap();
    let listed = [ByteString::from(listed.clone()), ByteString::from(listed)];
    vec![
        Reply::TicketCreated {
            ticket: Box::new(ticket()),
            message: None,
            duplicate: true,
            visible: Visible::Both,
        },
        Reply::MessageSent { message: raw(&bare), duplicate: true },
        Reply::Messages(page(&[])),
        Reply::Messages(page(&[bare, deleted])),
        Reply::JoinedTicket(Box::new(JoinedTicket {
            visible: Visible::Both,
            replaying: 7,
            reset: true,
            online_users: Vec::new(),
            receipts: Vec::new(),
            ..joined()
        })),
        Reply::Nothing,
        conversation(Conversation::tickets(&[], None)),
        conversation(Conversation::tickets(&listed, Some("MTcuMw"))),
        conversation(Conversation::ticket_updated(&full_ticket(), &all_changes(), Visible::Both)),
        conversation(Conversation::ticket_updated(&full_ticket(), &all_changes(), Visible::PublicOnly)),
        conversation(Conversation::search_results(
            [(&message(), "news"), (&message(), "news")].into_iter(),
            false,
            700,
        )),
        conversation(Conversation::notifications(&[custom_notification()], 0)),
        conversation(Conversation::ticket_rated(TICKET, 5).echoed(true)),
        conversation(Conversation::participant_removed(TICKET, &bo()).never_echoed().echoed(true)),
    ]
}

/// Each event as its example is, in the order of the documents.
fn events() -> Vec<ByteString> {
    let confirmed = |what| Confirmed {
        ticket_id: TICKET,
        stream: Stream::Public,
        user_id: id("alex"),
        what,
        seq: 2,
        message_ids: vec![MessageId(5), MessageId(6)],
        by: None,
    };
    let log = |what| event::log_entry(&entry(what));
    let (casey, passed_on) = (customer(), Json(r#"{"order":"1042"}"#));
    let name = "order.shipped";
    vec![
        Event::Hello(Hello {
            connection_id: ConnectionId(1),
            heartbeat_ms: 25_000,
            auth_timeout_ms: 10_000,
            max_frame_bytes: 16_777_216,
            max_attachment_bytes: 10_485_760,
        })
        .encode(),
        Event::AuthenticationError {
            code: ErrorCode::AuthenticationFailed,
            message: "The token was refused.",
            retry_after_ms: None,
        }
        .encode(),
        Event::TokenExpiring { expires_at: time("06:47:14.000") }.encode(),
        event::log_entry(&LogEntry::sent(Arc::new(message()))),
        log(Happening::Edited(Arc::new(edited()))),
        log(Happening::Deleted(MessageId(6))),
        log(Happening::Reacted(emoji())),
        log(Happening::Unreacted(emoji())),
        log(Happening::Updated { actor: Some(agent()), changes: changes() }),
        log(Happening::ParticipantAdded(bo())),
        log(Happening::ParticipantRemoved(bo())),
        log(Happening::Rated { score: 5 }),
        event::messages_confirmed(&confirmed(Confirmation::Delivered)),
        event::messages_confirmed(&confirmed(Confirmation::Read)),
        Event::QueueTicket { reason: QueueReason::Created, ticket: &ticket() }.encode(),
        Event::UserStatus { user_id: &id("casey"), status: statuses()[0].1 }.encode(),
        Event::Notification(&notification()).encode(),
        event::notifications_read(Some(NotificationId(6))),
        event::notifications_read(None),
        CustomEvent { name, data: passed_on }.encode(),
        Announcement { name, data: passed_on }.encode(),
        Event::ReplayComplete {
            ticket_id: TICKET,
            position: PositionObject::new(ticket().position, Visible::PublicOnly),
        }
        .encode(),
        Event::UserJoinedTicket { ticket_id: TICKET, user: &casey }.encode(),
        Event::UserLeftTicket { ticket_id: TICKET, user: &casey }.encode(),
        Event::UserTyping { ticket_id: TICKET, user: &casey }.encode(),
        Event::UserStoppedTyping { ticket_id: TICKET, user: &casey }.encode(),
        Event::LeftTicket { ticket_id: TICKET, reason: "access_lost" }.encode(),
        Event::ServerDraining { reconnect_after_ms: 1_733 }.encode(),
        frame::encode_error(&refusal(), "get_ticket"),
    ]
}

/// Forms of events that their examples do not show.
fn more_events() -> Vec<ByteString> {
    let [bare, deleted] = odd_messages();
    vec![
        event::log_entry(&LogEntry::sent(Arc::new(bare))),
        event::log_entry(&entry(Happening::Edited(Arc::new(deleted)))),
        event::log_entry(&entry(Happening::Updated { actor: None, changes: all_changes() })),
        Event::Notification(&custom_notification()).encode(),
        Event::AuthenticationError {
            code: ErrorCode::RateLimited,
            message: "Too many.",
            retry_after_ms: Some(1_000),
        }
        .encode(),
        frame::encode_error(&WireError::overloaded(), ""),
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
    let rated = entry(Happening::Rated { score: 5 });
    vec![
        webhooks::entry_body(WebhookEvent::MessageCreated, at, &sent),
        webhooks::entry_body(WebhookEvent::TicketRated, at, &rated),
        webhooks::ticket_body(at, &ticket(), Visible::Both),
        webhooks::ticket_body(at, &ticket(), Visible::PublicOnly),
        webhooks::ping_body(at, WebhookId(4)),
    ]
}

fn polls() -> Vec<String> {
    let poll = |events, close| Polled {
        events,
        position: PositionObject::new(ticket().position, Visible::PublicOnly),
        epoch: EPOCH.into(),
        reset: false,
        close,
    };
    let events = events();
    vec![
        poll(Vec::new(), None).data(),
        poll(vec![events[3].clone(), events[11].clone()], Some(CloseCode::Unauthenticated)).data(),
    ]
}

fn answer(ack: Option<&Ack>, answer: &Result<Reply, WireError>) -> String {
    frame::encode_answer(ack, "get_ticket", answer).map_or_else(|| "(nothing)".to_owned(), String::from)
}

/// Both forms of an answer.
fn answers(reply: Reply) -> [String; 2] {
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
    let described: Vec<_> = fields::CATALOGUE.iter().map(|it| (it.name.to_owned(), it.example())).collect();
    assert_eq!(made, described);
    let made: Vec<_> = events().iter().map(|frame| parsed(frame)).collect();
    let described: Vec<_> =
        event::CATALOGUE.iter().map(|it| (it.event.name.to_owned(), it.event.example())).collect();
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
