//! What a helpdesk's own server has passed on: its words, in an envelope of this protocol's.

use bytestring::ByteString;
use serde::Serialize;
use utoipa::ToSchema;

use crate::protocol::{example, frame::encode_event, object::Json};

/// What there is to pass on.
pub struct CustomData<'a> {
    /// What its sender calls it.
    pub name: &'a str,
    /// An object of theirs.
    pub data: Json<'a>,
}

macro_rules! passed_on {
    ($($(#[$doc:meta])+ $type:ident as $schema:ident;)+) => {$(
        $(#[$doc])+
        #[derive(Serialize, ToSchema)]
        #[schema(as = $schema, examples(example::passed_on))]
        pub struct $type<'a> {
            /// What its sender calls it.
            name: &'a str,
            /// An object of theirs.
            data: Json<'a>,
        }

        impl<'a> From<&CustomData<'a>> for $type<'a> {
            fn from(&CustomData { name, data }: &CustomData<'a>) -> Self {
                Self { name, data }
            }
        }
    )+};
}

passed_on! {
    /// The helpdesk's own server tells one user of something.
    CustomEvent as CustomEventEvent;
    /// The helpdesk's own server tells everyone of something.
    Announcement as AnnouncementEvent;
}

/// For one user.
pub fn custom_event(data: &CustomData<'_>) -> ByteString {
    encode_event(&CustomEvent::from(data))
}

/// For everyone.
pub fn announcement(data: &CustomData<'_>) -> ByteString {
    encode_event(&Announcement::from(data))
}
