//! The tables as diesel sees them, the same for both databases.
//!
//! Owns names and types; keys, indexes and defaults are in `migrations/`.

diesel::table! {
    meta (key) {
        key -> Text,
        value -> Text,
    }
}

diesel::table! {
    users (id) {
        id -> Text,
        name -> Text,
        role -> Text,
        email -> Nullable<Text>,
        disabled -> Bool,
        tokens_valid_after -> BigInt,
        created_at -> BigInt,
        last_seen_at -> Nullable<BigInt>,
    }
}

diesel::table! {
    tickets (id) {
        id -> BigInt,
        subject -> Text,
        status -> Text,
        priority -> Text,
        requester_id -> Text,
        creator_id -> Text,
        assignee_id -> Nullable<Text>,
        client_ticket_id -> Nullable<Text>,
        client_ticket_digest -> Nullable<Binary>,
        public_seq -> BigInt,
        internal_seq -> BigInt,
        created_at -> BigInt,
        updated_at -> BigInt,
        last_message_at -> Nullable<BigInt>,
        closed_at -> Nullable<BigInt>,
    }
}

diesel::table! {
    participants (ticket_id, user_id) {
        ticket_id -> BigInt,
        user_id -> Text,
        joined_at -> BigInt,
        muted -> Bool,
    }
}

diesel::table! {
    messages (id) {
        id -> BigInt,
        ticket_id -> BigInt,
        stream -> SmallInt,
        seq -> BigInt,
        pos -> BigInt,
        sender_id -> Text,
        client_message_id -> Nullable<Text>,
        body_digest -> Binary,
        body -> Text,
        reply_to -> Nullable<BigInt>,
        attachments -> SmallInt,
        created_at -> BigInt,
        edited_at -> Nullable<BigInt>,
        deleted_at -> Nullable<BigInt>,
    }
}

diesel::table! {
    attachments (id) {
        id -> Text,
        ticket_id -> BigInt,
        message_id -> BigInt,
        uploader_id -> Text,
        name -> Text,
        media_type -> Text,
        size -> BigInt,
        sha256 -> Nullable<Binary>,
        link -> Nullable<Text>,
        ordinal -> SmallInt,
        created_at -> BigInt,
    }
}

diesel::joinable!(messages -> users (sender_id));
diesel::joinable!(participants -> users (user_id));
diesel::joinable!(attachments -> messages (message_id));

diesel::allow_tables_to_appear_in_same_query!(meta, users, tickets, participants, messages, attachments);
