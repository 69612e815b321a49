//! Catalogue of keys, from which loading, `check-config`, the documentation and tests are derived.
//!
//! Owns names, types and descriptions. Does not own defaults: they are read from [`Settings`].

use std::sync::LazyLock;

use config::{Config, Value, ValueKind};
use strum::VariantArray;

use super::{
    Settings, validators,
    value::{ValueType, render},
};
use crate::domain::Class;

/// Key of one setting.
#[derive(Clone, Debug)]
pub struct Key {
    /// Full path, such as `limits.message.burst`.
    pub path: String,
    /// Environment variable of the key.
    pub env: String,
    /// Type and range of the value.
    pub kind: ValueType,
    /// Default in TOML syntax; `None` if the key is not set by default.
    pub default: Option<String>,
    /// Section of the documentation.
    pub concern: &'static str,
    /// Description in one line.
    pub about: String,
    /// `true` for keys whose value is never shown.
    pub secret: bool,
}

/// Prefix of the environment variables.
pub(super) const ENV_PREFIX: &str = "DESKWIRE_";

/// All keys, in the order of the documentation.
pub fn keys() -> &'static [Key] {
    static KEYS: LazyLock<Vec<Key>> = LazyLock::new(catalogue);
    &KEYS
}

/// Key with this path.
pub(super) fn find(path: &str) -> Option<&'static Key> {
    keys().iter().find(|key| key.path == path)
}

fn catalogue() -> Vec<Key> {
    let defaults = Config::try_from(&Settings::default()).unwrap_or_default();
    let flat =
        FLAT.iter().map(|&(concern, path, kind, about)| (concern, path.to_owned(), kind, about.to_owned()));
    flat.chain(limits())
        .map(|(concern, path, kind, about)| key(&defaults, concern, path, kind, about))
        .collect()
}

fn key(defaults: &Config, concern: &'static str, path: String, kind: ValueType, about: String) -> Key {
    let default = match defaults.get::<Value>(&path) {
        Ok(value) if value.kind != ValueKind::Nil => Some(render(&value.kind)),
        // The serialiser omits empty lists.
        _ => matches!(kind, ValueType::List(_)).then(|| "[]".to_owned()),
    };
    let env = format!("{ENV_PREFIX}{}", path.to_ascii_uppercase().replace('.', "__"));
    let secret = SECRETS.contains(&path.as_str());
    Key { path, env, kind, default, concern, about, secret }
}

const SECRETS: [&str; 4] = ["database_url", "identity_secret", "jwt_secret", "metrics_token"];

fn limits() -> impl Iterator<Item = (&'static str, String, ValueType, String)> {
    Class::VARIANTS.iter().flat_map(|class| {
        let name = class.as_str();
        let path = |field| format!("limits.{name}.{field}");
        [
            (
                RATES,
                path("per_second"),
                ValueType::Number { max: 1e6 },
                format!("Class `{name}`: steady rate a second"),
            ),
            (RATES, path("burst"), int(1, 1_000_000), format!("Class `{name}`: burst size")),
        ]
    })
}

const fn int(min: u64, max: u64) -> ValueType {
    ValueType::Integer { min, max }
}

const MIB: u64 = 1024 * 1024;
const HOUR_MS: u64 = 3_600_000;
const YEAR_MS: u64 = 365 * 24 * HOUR_MS;

const NETWORK: &str = "Network";
const STORAGE: &str = "Storage";
const TOKENS: &str = "Tokens";
const WIDGET: &str = "Visitors";
const TIMES: &str = "Times";
const LOG: &str = "Log and metrics";
const CONVERSATIONS: &str = "Conversations";
const WEBHOOKS: &str = "Webhooks";
const BOUNDS: &str = "Bounds";
const RATES: &str = "Rate limits";

type Row = (&'static str, &'static str, ValueType, &'static str);

#[rustfmt::skip]
const FLAT: &[Row] = &[
    (NETWORK, "listen", ValueType::Text(validators::ADDRESS), "Address and port to listen on; port 0 takes a free one. Beyond loopback a token key is required"),
    (NETWORK, "public_url", ValueType::Text(validators::ORIGIN), "Public origin of this server, for printed links"),
    (NETWORK, "allowed_origins", ValueType::List(validators::ORIGINS), "Origins of pages that may connect from a browser, besides the server's own; `*` is any"),
    (NETWORK, "trusted_proxies", ValueType::List(validators::NETS), "Reverse proxies whose `X-Forwarded-For` is trusted"),
    (NETWORK, "workers", int(0, 1024), "Worker threads; 0 is one for each core"),
    (STORAGE, "data_dir", ValueType::Text(validators::PATH), "Directory of the SQLite database, of attachments and of the development secret"),
    (STORAGE, "database_url", ValueType::Text(validators::DATABASE), "`sqlite://PATH` or `postgres://…`; not set, it is `sqlite://{data_dir}/deskwire.db`"),
    (STORAGE, "durability", ValueType::Choice(&["full", "normal"]), "Durability of an acknowledged write on SQLite; see Durability"),
    (STORAGE, "demo", ValueType::Boolean, "Demo tickets in an empty database while the development secret is in use"),
    (STORAGE, "attachment_types", ValueType::List(validators::MEDIA_TYPES), "Media types that attachments may have, detected from their bytes; empty is the built-in list"),
    (TOKENS, "jwt_secret", ValueType::Text(validators::JWT_SECRET), "Secret of HS256 tokens, at least 32 bytes"),
    (TOKENS, "jwt_public_key_file", ValueType::Text(validators::PATH), "PEM file with the public key of RS256, ES256 or EdDSA tokens"),
    (TOKENS, "jwt_jwks_file", ValueType::Text(validators::PATH), "File with a JSON Web Key Set"),
    (TOKENS, "jwt_audience", ValueType::Text(validators::TEXT), "The `aud` that tokens must have; not set, tokens with one are refused"),
    (TOKENS, "jwt_claims.id", ValueType::Text(validators::TEXT), "Name of the claim with the user's id"),
    (TOKENS, "jwt_claims.name", ValueType::Text(validators::TEXT), "Name of the claim with the user's name"),
    (TOKENS, "jwt_claims.role", ValueType::Text(validators::TEXT), "Name of the claim with the user's role"),
    (WIDGET, "widget_sessions", ValueType::Boolean, "Sessions for anonymous visitors"),
    (WIDGET, "widget_token_ttl_ms", int(1_000, YEAR_MS), "Lifetime of a visitor's token; clients renew it earlier"),
    (WIDGET, "widget_session_max_ms", int(1_000, 10 * YEAR_MS), "Longest life of a visitor's session with its renewals, from its start"),
    (WIDGET, "identity_secret", ValueType::Text(validators::JWT_SECRET), "Secret with which your server signs a visitor's id, name and address, at least 32 bytes; not set, visitors stay anonymous"),
    (TIMES, "auth_timeout_ms", int(10, HOUR_MS), "Longest time from connecting to a successful `authenticate`"),
    (TIMES, "heartbeat_ms", int(10, HOUR_MS), "Interval of pings; a peer silent for two intervals is disconnected"),
    (TIMES, "write_timeout_ms", int(10, HOUR_MS), "Time after which a peer that accepts no data is disconnected"),
    (TIMES, "typing_timeout_ms", int(10, HOUR_MS), "Time after which typing ends without another `typing_start`"),
    (TIMES, "heal_interval_ms", int(10, HOUR_MS), "Interval of comparing rooms that have members with the log"),
    (TIMES, "upload_idle_timeout_ms", int(10, HOUR_MS), "Longest pause between two chunks of an upload"),
    (TIMES, "upload_timeout_ms", int(10, 24 * HOUR_MS), "Longest time of a whole upload"),
    (TIMES, "shutdown_timeout_ms", int(0, HOUR_MS), "Longest time of a graceful stop"),
    (LOG, "log", ValueType::Text(validators::LOG_FILTER), "Level, or directives such as `info,deskwire::chat=debug`"),
    (LOG, "log_format", ValueType::Choice(&["text", "json"]), "Lines for people, or one JSON object a line"),
    (LOG, "metrics_token", ValueType::Text(validators::BEARER), "Bearer token of `/metrics`; not set, only loopback peers may read it"),
    (CONVERSATIONS, "edit_window_ms", int(0, 100 * YEAR_MS), "Time in which an author may edit a message; admins may always"),
    (CONVERSATIONS, "delete_window_ms", int(0, 100 * YEAR_MS), "Time in which an author may delete a message; admins may always"),
    (CONVERSATIONS, "agents_may_delete", ValueType::Boolean, "Agents may delete messages of customers"),
    (CONVERSATIONS, "customers_may_invite", ValueType::Boolean, "Customers may open tickets with participants, and add and remove them"),
    (CONVERSATIONS, "assignment", ValueType::Choice(&["manual", "round_robin", "least_busy"]), "How new tickets, and those that return to the queue, are assigned to online agents"),
    (CONVERSATIONS, "agent_capacity", int(1, 100_000), "Open and pending tickets up to which an agent is assigned further ones"),
    (CONVERSATIONS, "return_after_ms", int(0, YEAR_MS), "Offline time of the assignee after which a reopened ticket returns to the queue; 0 is never"),
    (WEBHOOKS, "webhooks_allow_private", ValueType::Boolean, "Webhooks may use private addresses, and URLs without TLS"),
    (BOUNDS, "bounds.subject_chars", int(1, 10_000), "Characters of a ticket's subject"),
    (BOUNDS, "bounds.name_chars", int(1, 1_000), "Characters of a user's or a file's name"),
    (BOUNDS, "bounds.message_chars", int(1, 1_000_000), "Characters of a message, counted on the input after trimming"),
    (BOUNDS, "bounds.participants", int(1, 10_000), "Participants of a ticket"),
    (BOUNDS, "bounds.label_chars", int(1, 1_000), "Characters of a label"),
    (BOUNDS, "bounds.labels", int(0, 1_000), "Labels of a ticket"),
    (BOUNDS, "bounds.comment_chars", int(0, 100_000), "Characters of a rating's comment"),
    (BOUNDS, "bounds.query_chars", int(1, 10_000), "Characters of a search or of a list's filter"),
    (BOUNDS, "bounds.emoji_bytes", int(4, 256), "Bytes of an emoji"),
    (BOUNDS, "bounds.reactions", int(0, 1_000), "Different emojis under one message"),
    (BOUNDS, "bounds.canned_responses", int(0, 100_000), "Canned responses of one agent, and of all together"),
    (BOUNDS, "bounds.notifications", int(1, 1_000_000), "Notifications kept of one user; the oldest go first"),
    (BOUNDS, "bounds.attachment_bytes", int(1, 256 * MIB), "Bytes of one attachment, decoded"),
    (BOUNDS, "bounds.attachments", int(0, 100), "Attachments of one message; 0 refuses all"),
    (BOUNDS, "bounds.uploads", int(1, 10_000), "Uploaded files of one user that are not sent yet"),
    (BOUNDS, "bounds.frame_bytes", int(1024, 256 * MIB), "Bytes of one inbound message once authenticated"),
    (BOUNDS, "bounds.unauthenticated_frame_bytes", int(1024, MIB), "Bytes of one inbound message until authenticated"),
    (BOUNDS, "bounds.inbound_bytes", int(MIB, 1024 * 1024 * MIB), "Bytes of inbound messages that all connections together may hold"),
    (BOUNDS, "bounds.outbox_bytes", int(16 * 1024, 1024 * MIB), "Bytes of live events queued for one connection; above, the connection is closed as too slow"),
    (BOUNDS, "bounds.commands_in_flight", int(1, 10_000), "Commands of one connection in flight before the server stops reading from it"),
    (BOUNDS, "bounds.joined_rooms", int(1, 100_000), "Rooms that one connection may have joined"),
    (BOUNDS, "bounds.connections_per_user", int(1, 10_000), "Connections of one user; above, the oldest is replaced"),
    (BOUNDS, "bounds.replay_events", int(0, 100_000), "Missed events above which a join answers `reset` instead of replaying them"),
    (BOUNDS, "bounds.history_bytes", int(4096, 64 * MIB), "Approximate bytes of a `get_messages` reply"),
];

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn every_setting_has_a_key() {
        let mut leaves = BTreeSet::new();
        collect("", &serde_json::to_value(Settings::default()).unwrap(), &mut leaves);
        let listed: BTreeSet<String> = keys().iter().map(|key| key.path.clone()).collect();
        let missing: Vec<_> = leaves.difference(&listed).collect();
        assert!(missing.is_empty(), "settings without a key: {missing:?}");
        let surplus: Vec<_> = listed.difference(&leaves).collect();
        assert_eq!(surplus, SECRETS.iter().collect::<Vec<_>>(), "only secrets are not serialised");
    }

    fn collect(path: &str, value: &serde_json::Value, leaves: &mut BTreeSet<String>) {
        match value {
            serde_json::Value::Object(fields) => {
                for (name, field) in fields {
                    let child = if path.is_empty() { name.clone() } else { format!("{path}.{name}") };
                    collect(&child, field, leaves);
                }
            }
            _ => {
                leaves.insert(path.to_owned());
            }
        }
    }

    #[test]
    fn every_default_is_in_its_own_range() {
        let defaults = Config::try_from(&Settings::default()).unwrap();
        for key in keys().iter().filter(|key| key.default.is_some()) {
            let Ok(value) = defaults.get::<Value>(&key.path) else { continue };
            let kind = match value.kind {
                ValueKind::Nil => continue,
                ValueKind::U64(n) => ValueKind::I64(i64::try_from(n).unwrap()),
                other => other,
            };
            assert!(key.kind.check(kind).is_ok(), "{}", key.path);
        }
    }

    #[test]
    fn names_of_variables_follow_from_paths() {
        assert_eq!(find("limits.message.per_second").unwrap().env, "DESKWIRE_LIMITS__MESSAGE__PER_SECOND");
        assert_eq!(find("jwt_secret").unwrap().env, "DESKWIRE_JWT_SECRET");
        let names: BTreeSet<_> = keys().iter().map(|key| &key.env).collect();
        assert_eq!(names.len(), keys().len());
    }
}
