//! What a helpdesk's own server has passed on: its words, in an envelope of this protocol's.

use bytestring::ByteString;
use serde::Serialize;
use utoipa::ToSchema;

use super::encode;
use crate::protocol::{object::Json, schema::Named};

macro_rules! passed_on {
    ($($(#[$doc:meta])+ $type:ident $name:literal as $schema:ident;)+) => {$(
        $(#[$doc])+
        #[derive(Clone, Copy, Debug, Serialize, ToSchema)]
        #[schema(as = $schema, examples(json!({ "name": "cart.updated", "data": { "items": 3 } })))]
        pub struct $type<'a> {
            /// What its sender calls it.
            #[schema(pattern = "^[a-z][a-z0-9_.-]{0,63}$")]
            pub name: &'a str,
            /// Whatever they put into it.
            #[schema(value_type = Object)]
            pub data: Json<'a>,
        }

        impl Named for $type<'_> {
            const NAME: &'static str = $name;
        }

        impl $type<'_> {
            /// As a frame.
            pub fn encode(&self) -> ByteString {
                encode(self)
            }
        }
    )+};
}

passed_on! {
    /// A helpdesk's own event, for one user.
    CustomEvent "custom_event" as CustomEvent;
    /// A helpdesk's own event, for everyone.
    Announcement "announcement" as AnnouncementEvent;
}
