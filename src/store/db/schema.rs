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
        availability -> Text,
        erased_at -> Nullable<BigInt>,
        barred_at -> Nullable<BigInt>,
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
        public_events -> BigInt,
        internal_events -> BigInt,
        snoozed_until -> Nullable<BigInt>,
        reopened_at -> Nullable<BigInt>,
        rating -> Nullable<SmallInt>,
        rating_comment -> Nullable<Text>,
        rated_at -> Nullable<BigInt>,
    }
}

diesel::table! {
    participants (ticket_id, user_id) {
        ticket_id -> BigInt,
        user_id -> Text,
        joined_at -> BigInt,
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
        reactions -> SmallInt,
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

diesel::table! {
    uploads (id) {
        id -> Text,
        ticket_id -> BigInt,
        uploader_id -> Text,
        name -> Text,
        media_type -> Text,
        size -> BigInt,
        sha256 -> Binary,
        created_at -> BigInt,
    }
}

diesel::table! {
    ticket_labels (ticket_id, label) {
        ticket_id -> BigInt,
        label -> Text,
    }
}

diesel::table! {
    mutes (ticket_id, user_id) {
        ticket_id -> BigInt,
        user_id -> Text,
    }
}

diesel::table! {
    ticket_events (ticket_id, stream, seq) {
        ticket_id -> BigInt,
        stream -> SmallInt,
        seq -> BigInt,
        pos -> BigInt,
        kind -> Text,
        actor_id -> Nullable<Text>,
        user_id -> Nullable<Text>,
        message_id -> Nullable<BigInt>,
        payload -> Text,
        created_at -> BigInt,
    }
}

diesel::table! {
    message_revisions (id) {
        id -> BigInt,
        message_id -> BigInt,
        actor_id -> Text,
        kind -> Text,
        body -> Text,
        created_at -> BigInt,
    }
}

diesel::table! {
    reactions (message_id, emoji, user_id) {
        message_id -> BigInt,
        emoji -> Text,
        user_id -> Text,
        created_at -> BigInt,
    }
}

diesel::table! {
    read_positions (ticket_id, user_id, stream) {
        ticket_id -> BigInt,
        user_id -> Text,
        stream -> SmallInt,
        delivered_seq -> BigInt,
        read_seq -> BigInt,
    }
}

diesel::table! {
    notifications (id) {
        id -> BigInt,
        user_id -> Text,
        kind -> Text,
        ticket_id -> Nullable<BigInt>,
        message_id -> Nullable<BigInt>,
        actor_id -> Nullable<Text>,
        created_at -> BigInt,
        read_at -> Nullable<BigInt>,
        title -> Nullable<Text>,
        body -> Nullable<Text>,
        link -> Nullable<Text>,
        data -> Nullable<Text>,
        client_key -> Nullable<Text>,
        client_digest -> Nullable<Binary>,
    }
}

diesel::table! {
    canned_responses (id) {
        id -> BigInt,
        owner_id -> Nullable<Text>,
        author_id -> Text,
        shortcut -> Text,
        title -> Text,
        body -> Text,
        updated_at -> BigInt,
    }
}

diesel::table! {
    webhooks (id) {
        id -> BigInt,
        url -> Text,
        secret -> Text,
        previous_secret -> Nullable<Text>,
        previous_until -> Nullable<BigInt>,
        events -> Text,
        internal -> Bool,
        description -> Text,
        enabled -> Bool,
        disabled_reason -> Nullable<Text>,
        created_at -> BigInt,
        deleted_at -> Nullable<BigInt>,
    }
}

diesel::table! {
    webhook_deliveries (id) {
        id -> BigInt,
        webhook_id -> BigInt,
        event_id -> Text,
        event -> Text,
        ticket_id -> Nullable<BigInt>,
        stream -> Nullable<SmallInt>,
        seq -> Nullable<BigInt>,
        pos -> BigInt,
        state -> Text,
        attempts -> Integer,
        next_attempt_at -> Nullable<BigInt>,
        leased_until -> Nullable<BigInt>,
        last_status -> Nullable<SmallInt>,
        last_error -> Nullable<Text>,
        created_at -> BigInt,
        queued_at -> BigInt,
        settled_at -> Nullable<BigInt>,
        forget_at -> Nullable<BigInt>,
    }
}

diesel::joinable!(messages -> users (sender_id));
diesel::joinable!(participants -> users (user_id));
diesel::joinable!(attachments -> messages (message_id));
diesel::joinable!(reactions -> messages (message_id));
diesel::joinable!(ticket_labels -> tickets (ticket_id));

diesel::allow_tables_to_appear_in_same_query!(
    meta,
    users,
    tickets,
    participants,
    messages,
    attachments,
    uploads,
    ticket_labels,
    mutes,
    ticket_events,
    message_revisions,
    reactions,
    read_positions,
    notifications,
    canned_responses,
    webhooks,
    webhook_deliveries
);
