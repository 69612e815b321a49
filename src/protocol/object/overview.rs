//! Tickets as they stand in a list.

use serde::Serialize;

use super::{MessageObject, TicketObject};
use crate::domain::{TicketOverview, Visible};

/// A ticket with `lastMessage?`, `unread` and, if the caller muted it, `muted: true`.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
#[expect(missing_docs, reason = "the wire's own words")]
pub struct OverviewObject<'a> {
    #[serde(flatten)]
    pub ticket: TicketObject<'a>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_message: Option<MessageObject<'a>>,
    pub unread: i64,
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
