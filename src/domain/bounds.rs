//! Every bound that a setting may move, with its default, and the one that decides where work is done.
//!
//! Owns the numbers; whoever enforces one takes it from here.

use serde::{Deserialize, Serialize};

/// Largest input that is worked on on the event loop: parsing HTML takes tens of µs a KiB. Larger ones are
/// parsed on a thread of their own.
pub const INLINE_BYTES: usize = 64 * 1024;

/// The bounds of what callers may send and hold. All are settings (`bounds.<key>`).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Bounds {
    /// Characters of a ticket's subject.
    pub subject_chars: usize,
    /// Characters of a user's or a file's name.
    pub name_chars: usize,
    /// Characters of a message, counted on the input after trimming.
    pub message_chars: usize,
    /// Participants of a ticket.
    pub participants: usize,
    /// Characters of a label.
    pub label_chars: usize,
    /// Labels of a ticket.
    pub labels: usize,
    /// Characters of a rating's comment.
    pub comment_chars: usize,
    /// Characters of a search or of a filter.
    pub query_chars: usize,
    /// Bytes of an emoji.
    pub emoji_bytes: usize,
    /// Different emojis under one message.
    pub reactions: usize,
    /// Canned responses that one agent may keep, and that all may share.
    pub canned_responses: usize,
    /// Notifications that are kept of one user; the oldest go first.
    pub notifications: usize,
    /// Bytes of one attachment, decoded.
    pub attachment_bytes: usize,
    /// Attachments of one message.
    pub attachments: usize,
    /// Files of one user that are uploaded and wait for a message to carry them.
    pub uploads: usize,
    /// Bytes of one inbound message once authenticated, all its fragments together.
    pub frame_bytes: usize,
    /// Bytes of one inbound message until authenticated.
    pub unauthenticated_frame_bytes: usize,
    /// Bytes of inbound messages that all connections together may hold in memory.
    pub inbound_bytes: usize,
    /// Bytes of live events that wait for one connection; over it, it is closed as too slow.
    pub outbox_bytes: usize,
    /// Commands of one connection that may be in flight before the server stops reading from it.
    pub commands_in_flight: usize,
    /// Rooms that one connection may have joined.
    pub joined_rooms: usize,
    /// Connections that one user may have; over it, the oldest is replaced.
    pub connections_per_user: usize,
    /// Missed events over which a join answers `reset` instead of replaying them.
    pub replay_events: usize,
    /// Bytes of a `get_messages` reply, about; then `hasMore`.
    pub history_bytes: usize,
}

impl Default for Bounds {
    fn default() -> Self {
        Self {
            subject_chars: 200,
            name_chars: 100,
            message_chars: 10_000,
            participants: 50,
            label_chars: 50,
            labels: 20,
            comment_chars: 1_000,
            query_chars: 200,
            emoji_bytes: 32,
            reactions: 20,
            canned_responses: 500,
            notifications: 1_000,
            attachment_bytes: 10_485_760,
            attachments: 10,
            uploads: 50,
            frame_bytes: 16 * 1024 * 1024,
            unauthenticated_frame_bytes: 8 * 1024,
            inbound_bytes: 256 * 1024 * 1024,
            outbox_bytes: 1024 * 1024,
            commands_in_flight: 64,
            joined_rooms: 500,
            connections_per_user: 20,
            replay_events: 1_000,
            history_bytes: 256 * 1024,
        }
    }
}
