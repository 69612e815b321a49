//! Tickets as they stand in a list.

use serde::Serialize;
use utoipa::ToSchema;

use super::{MessageObject, TicketObject};
use crate::{
    domain::{TicketOverview, Visible},
    protocol::examples,
};

/// A ticket as it stands in the caller's list.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = TicketOverview, examples(examples::overview))]
pub struct OverviewObject<'a> {
    /// Its own fields.
    #[serde(flatten)]
    pub ticket: TicketObject<'a>,
    /// The newest message that the caller sees.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub last_message: Option<MessageObject<'a>>,
    /// Messages of others that the caller has not read.
    #[schema(minimum = 0)]
    pub unread: i64,
    /// `true` if the caller muted it, else left out.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub muted: bool,
}

impl<'a> OverviewObject<'a> {
    /// `overview` as someone sees it who sees `visible`.
    pub fn new(overview: &'a TicketOverview, visible: Visible) -> Self {
        Self {
            ticket: TicketObject::new(&overview.ticket, visible),
            last_message: overview.last_message.as_ref().map(MessageObject::from),
            unread: overview.unread,
            muted: overview.muted,
        }
    }
}
