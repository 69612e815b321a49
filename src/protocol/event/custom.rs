//! What a helpdesk's own server has passed on: its words, in an envelope of this protocol's.

use bytestring::ByteString;
use serde::Serialize;
use utoipa::ToSchema;

use crate::protocol::{examples, frame::encode_event, objects::Json};

macro_rules! custom {
    ($($(#[$doc:meta])+ $type:ident as $schema:ident;)+) => {$(
        $(#[$doc])+
        #[derive(Serialize, ToSchema)]
        #[schema(as = $schema, examples(examples::passed_on))]
        pub struct $type<'a> {
            /// What its sender calls it.
            #[schema(pattern = "^[a-z][a-z0-9_.-]{0,63}$")]
            pub name: &'a str,
            /// Whatever they put into it.
            pub data: Json<'a>,
        }

        impl $type<'_> {
            /// As a frame.
            pub fn encode(&self) -> ByteString {
                encode_event(self)
            }
        }
    )+};
}

custom! {
    /// Something that the helpdesk's own server tells one user.
    CustomEvent as CustomEventEvent;
    /// Something that the helpdesk's own server tells everyone.
    Announcement as AnnouncementEvent;
}
