//! The story of the examples as what the store gives out: Casey asks for an order, and Alex helps.
//!
//! Besides, a few values with what the story does not show.

use deskwire::domain::{
    Attachment, AttachmentId, Availability, CannedResponse, CannedResponseId, Changes, ClientKey,
    CustomNotice, FromTo, LogEntry, LogEvent, Message, MessageId, MessageStatus, Notification,
    NotificationId, NotificationKind, Position, Priority, Rating, Reaction, Receipt, Role, Stream, Ticket,
    TicketId, TicketOverview, TicketStatus, Timestamp, User, UserId, UserStatus, log::LoggedReaction,
};

pub(super) const TICKET: TicketId = TicketId(3);
pub(super) const EPOCH: &str = "612fccd5b86bf0be";

pub(super) fn time(text: &str) -> Timestamp {
    let text = format!("2026-11-21T{text}Z");
    Timestamp::from_system_time(humantime::parse_rfc3339(&text).unwrap())
}

pub(super) fn id(id: &str) -> UserId {
    UserId::new(id).unwrap()
}

pub(super) fn user(name: &str, role: Role) -> User {
    User { id: id(&name.to_lowercase()), name: name.to_owned(), role }
}

pub(super) fn customer() -> User {
    user("Casey", Role::Customer)
}

pub(super) fn agent() -> User {
    user("Alex", Role::Agent)
}

pub(super) fn bo() -> User {
    user("Bo", Role::Customer)
}

pub(super) fn message() -> Message {
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

pub(super) fn edited() -> Message {
    Message { body: "Any news? Thanks".to_owned(), edited_at: Some(time("09:26:30.192")), ..message() }
}

/// Of an agent, in the internal stream, with every character that JSON escapes; and deleted.
pub(super) fn odd_messages() -> [Message; 2] {
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

pub(super) fn ticket() -> Ticket {
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

pub(super) fn own_ticket() -> Ticket {
    Ticket { assignee: Some(agent()), ..ticket() }
}

/// With each field that a ticket may have.
pub(super) fn full_ticket() -> Ticket {
    Ticket {
        status: TicketStatus::Closed,
        participants: vec![bo()],
        closed_at: Some(time("09:31:00.000")),
        rating: Some(Rating { score: 5, comment: Some("Fast!".to_owned()), rated_at: time("09:35:21.953") }),
        snoozed_until: Some(time("10:00:00.000")),
        ..own_ticket()
    }
}

pub(super) fn changes() -> Changes {
    Changes {
        status: Some(FromTo { from: TicketStatus::Open, to: TicketStatus::Closed }),
        assignee_id: Some(FromTo { from: None, to: Some(id("alex")) }),
        ..Changes::default()
    }
}

pub(super) fn all_changes() -> Changes {
    Changes {
        subject: Some(FromTo { from: "Order".to_owned(), to: "Where is my order?".to_owned() }),
        priority: Some(FromTo { from: Priority::Normal, to: Priority::Low }),
        labels: Some(FromTo { from: Vec::new(), to: vec!["billing".to_owned()] }),
        snoozed_until: Some(FromTo { from: None, to: Some(time("10:00:00.000")) }),
        muted: Some(FromTo { from: false, to: true }),
        ..changes()
    }
}

pub(super) fn overview() -> TicketOverview {
    TicketOverview { ticket: ticket(), last_message: Some(message()), unread: 1, muted: false }
}

pub(super) fn receipt(read_seq: i64) -> Receipt {
    Receipt { user_id: id("alex"), stream: Stream::Public, delivered_seq: 2, read_seq }
}

pub(super) fn statuses() -> [(UserId, UserStatus); 2] {
    let online = UserStatus { status: Availability::Online, last_seen: Some(time("09:35:21.952")) };
    [(id("casey"), online), (id("never"), UserStatus { status: Availability::Offline, last_seen: None })]
}

pub(super) fn notification() -> Notification {
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

pub(super) fn custom_notification() -> Notification {
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

pub(super) fn canned_response() -> CannedResponse {
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

pub(super) fn emoji() -> LoggedReaction {
    LoggedReaction { message_id: MessageId(6), emoji: "\u{2764}\u{fe0f}".to_owned(), user_id: id("alex") }
}

pub(super) fn entry(event: LogEvent) -> LogEntry {
    LogEntry { ticket_id: TICKET, stream: Stream::Public, seq: 3, pos: 3, event }
}
