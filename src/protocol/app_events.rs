//! App events: what a helpdesk's own server has passed on, its words in an envelope of this protocol's.
//!
//! Owns names and fields. Does not know who may send them.

use serde::Serialize;
use serde_json::{Value, json};
use utoipa::ToSchema;

use super::{objects::Json, schema::names};

names! {
    CustomEvent<'_> = "custom_event";
    Announcement<'_> = "announcement";
}

macro_rules! passed_on {
    ($($(#[$doc:meta])+ $type:ident as $schema:ident;)+) => {$(
        $(#[$doc])+
        #[derive(Serialize, ToSchema)]
        #[schema(as = $schema, examples(example))]
        pub struct $type<'a> {
            /// What its sender calls it.
            #[schema(pattern = "^[a-z][a-z0-9_.-]{0,63}$")]
            pub name: &'a str,
            /// Whatever they put into it.
            pub data: Json<'a>,
        }
    )+};
}

passed_on! {
    /// Something that the helpdesk's own server tells one user.
    CustomEvent as CustomEventEvent;
    /// Something that the helpdesk's own server tells everyone.
    Announcement as AnnouncementEvent;
}

fn example() -> Value {
    json!({"name": "order.shipped", "data": {"order": "1042"}})
}
