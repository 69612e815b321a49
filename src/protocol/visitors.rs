//! Visitors: what a page of a helpdesk sends to begin a session, and what it gets.
//!
//! Owns names and fields. Does not know who is believed.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::objects::{Rfc3339, UserObject};

/// Who a visitor is, vouched for by the helpdesk's server.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct IdentityClaim {
    /// Their id.
    pub id: String,
    /// Their name.
    pub name: Option<String>,
    /// Their address.
    pub email: Option<String>,
    /// Until when it may be used: seconds since 1970, at most a day ahead.
    pub expires_at: i64,
    /// HMAC-SHA256 of it, in hexadecimal.
    pub hmac: String,
}

/// What a page sends to begin a session.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct NewSession {
    /// Without it the visitor is anonymous.
    pub identity: Option<IdentityClaim>,
    /// Not taken without an identity.
    #[serde(default)]
    #[schema(ignore)]
    pub id: Option<serde::de::IgnoredAny>,
    /// Not taken without an identity.
    #[serde(default)]
    #[schema(ignore)]
    pub name: Option<serde::de::IgnoredAny>,
    /// Not taken without an identity.
    #[serde(default)]
    #[schema(ignore)]
    pub email: Option<serde::de::IgnoredAny>,
}

/// A visitor's session.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = VisitorSession)]
pub struct SessionObject<'a> {
    /// To authenticate with.
    pub token: &'a str,
    /// Until when it is good.
    pub expires_at: Rfc3339,
    /// Until when it can be renewed.
    pub renewable_until: Rfc3339,
    /// Who they are.
    pub user: UserObject<'a>,
}
